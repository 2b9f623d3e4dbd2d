//! Tags, which SAM writes as a map and CloudFormation as a list.

use serde_json::{Map, Value, json};

use super::source::Source;
use crate::problem::Problem;

/// Keys that are SAM's own.
const RESERVED: [&str; 3] = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/// The map of `added` tags followed by the author's. Those that are null are empty.
///
/// # Errors
/// The author's tags are not a map, or one of them is SAM's own.
pub(super) fn map(added: &[(&str, &str)], tags: Option<&Source<'_>>) -> Result<Map<String, Value>, Problem> {
    let mut all: Map<String, Value> = added.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    for (key, value) in tags.map_or(Ok(None), |tags| tags.map().map(Some))?.into_iter().flatten() {
        if RESERVED.contains(&key.as_str()) {
            let message = format!(
                "{} has the tag `{key}`, which SAM sets itself",
                tags.map_or_else(String::new, |tags| tags.place().to_string())
            );
            return Err(Problem::new(message, "remove the tag"));
        }
        all.insert(key.clone(), if value.is_null() { "".into() } else { value.clone() });
    }
    Ok(all)
}

/// The same as a list of `{Key, Value}`; `None` if it is empty.
///
/// # Errors
/// As for [`map`].
pub(super) fn list(added: &[(&str, &str)], tags: Option<&Source<'_>>) -> Result<Option<Value>, Problem> {
    let tags: Vec<Value> = map(added, tags)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok((!tags.is_empty()).then(|| tags.into()))
}
