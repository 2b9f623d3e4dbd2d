//! Templates in files.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::yaml;

/// The text of the file at `path`, and the directory that it is in.
pub(crate) fn open(path: &Path) -> io::Result<(String, PathBuf)> {
    let text = std::fs::read_to_string(path)?;
    let path = std::path::absolute(path)?;
    let directory = path.parent().unwrap_or(&path).to_owned();
    Ok((text, directory))
}

/// The template in `text`.
///
/// # Errors
/// It is not YAML or JSON, or has no `Resources`.
pub(crate) fn template(text: &str) -> Result<Map<String, Value>, Problem> {
    match yaml::parse(text)? {
        Value::Object(root) if matches!(root.get("Resources"), Some(Value::Object(_))) => Ok(root),
        _ => Err(Problem::new(
            "this is not a template: it has no `Resources`",
            "name a SAM or CloudFormation template with `--template FILE`",
        )),
    }
}
