//! Templates in files.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::yaml;

/// Bytes that a template may have in S3 (CloudFormation quotas).
const LONGEST_FILE: u64 = 1 << 20;

/// The text of the file at `path`, and the directory that it is in.
///
/// # Errors
/// It cannot be read, is not a file, or is longer than a template may be.
pub(crate) fn open(path: &Path) -> io::Result<(String, PathBuf)> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(io::Error::other("it has more than 1 MB, which CloudFormation does not accept"));
    }
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
