//! Where a definition is uploaded: `DefinitionUri` and the like.

use serde_json::{Map, Value, json};

use super::s3::is_local;
use super::source::Source;
use crate::problem::Problem;

/// `source` as a map of `Bucket`, `Key` and `Version`: it is such a map or the URI of an object. A local path stays text.
///
/// # Errors
/// It is not one of these.
pub(super) fn s3_location(source: &Source<'_>) -> Result<Value, Problem> {
    match source.value() {
        Value::Object(_) => map(source),
        Value::String(text) if !is_local(text) => uri(text).ok_or_else(|| {
            source.problem(&format!("is `{text}`, which is not the URI of an object"), "write `s3://bucket/key`")
        }),
        Value::String(path) => Ok(path.as_str().into()),
        _ => Err(source.must_be("text or a map")),
    }
}

fn map(source: &Source<'_>) -> Result<Value, Problem> {
    let (Some(bucket), Some(key)) = (source.filled("Bucket"), source.filled("Key")) else {
        return Err(source.problem("has no `Bucket` or no `Key`", "give it both"));
    };
    let mut location = Map::new();
    for (name, part) in [("Bucket", Some(bucket)), ("Key", Some(key)), ("Version", source.get("Version"))] {
        if let Some(part) = part {
            location.insert(name.to_owned(), part.value().clone());
        }
    }
    Ok(location.into())
}

/// `s3://bucket/key?versionId=version`.
fn uri(text: &str) -> Option<Value> {
    let (text, _fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let (bucket, key) = path.strip_prefix("s3://")?.split_once('/').filter(|(bucket, _)| !bucket.is_empty())?;
    let mut location = json!({"Bucket": bucket, "Key": key.trim_start_matches('/')});
    let mut versions = query.split('&').filter_map(|part| part.strip_prefix("versionId="));
    if let (Some(version), None) = (versions.next(), versions.next()) {
        location["Version"] = version.into();
    }
    Some(location)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expansion::place::Place;

    #[test]
    fn a_location_is_a_path_a_uri_or_a_map() {
        let table = [
            (json!("./a/b.json"), Some(json!("./a/b.json"))),
            (json!("s3://b/k/l"), Some(json!({"Bucket": "b", "Key": "k/l"}))),
            (json!("s3://b/k?versionId=3"), Some(json!({"Bucket": "b", "Key": "k", "Version": "3"}))),
            (json!({"Bucket": "b", "Key": "k"}), Some(json!({"Bucket": "b", "Key": "k"}))),
            (json!("https://b/k"), None),
            (json!("s3:///k"), None),
            (json!("s3://b"), None),
            (json!({"Bucket": "b"}), None),
            (json!({"Fn::Sub": "s3://b/k"}), None),
        ];
        for (value, expected) in table {
            let source = Source::new(&value, Place::resource("Machine"));
            assert_eq!(s3_location(&source).ok(), expected, "{value}");
        }
    }
}
