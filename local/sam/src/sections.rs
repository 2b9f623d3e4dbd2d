//! The sections of a template.

use serde_json::{Map, Value};

use crate::problem::Problem;

/// A section of a template, which may be missing.
///
/// # Errors
/// It is not a map.
pub(crate) fn section(template: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Problem> {
    match template.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(section)) => Ok(section.clone()),
        Some(_) => Err(Problem::new(format!("`{name}` is not a map"), format!("write `{name}` as a map of names"))),
    }
}
