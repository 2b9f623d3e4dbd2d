//! Where code and definitions are: local paths, and the places in S3 that `sam package` puts them in.

use serde_json::{Map, Value, json};

use super::source::Source;
use crate::problem::Problem;

/// An object in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    bucket: Value,
    key: Value,
    version: Option<Value>,
}

impl Location {
    /// What `s3://bucket/key?versionId=version` says.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("s3://")?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _fragment)| rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, key) = path.split_once('/').filter(|(bucket, _)| !bucket.is_empty())?;
        let versions: Vec<&str> =
            query.split('&').filter_map(|pair| pair.strip_prefix("versionId=")).filter(|id| !id.is_empty()).collect();
        let version = match versions.as_slice() {
            [version] => Some((*version).into()),
            _ => None,
        };
        Some(Self { bucket: bucket.into(), key: key.trim_start_matches('/').into(), version })
    }

    /// What a map of `Bucket`, `Key` and `Version` says.
    fn of_map(source: &Source<'_>) -> Result<Self, Problem> {
        let (Some(bucket), Some(key)) = (source.filled("Bucket"), source.filled("Key")) else {
            return Err(source.problem("does not have both `Bucket` and `Key`", "give it both, or write a path"));
        };
        let version = source.get("Version").map(|version| version.value().clone());
        Ok(Self { bucket: bucket.value().clone(), key: key.value().clone(), version })
    }

    /// `Code` of a function or `Content` of a layer.
    pub(super) fn code(self) -> Map<String, Value> {
        self.into_map(["S3Bucket", "S3Key", "S3ObjectVersion"])
    }

    fn into_map(self, [bucket, key, version]: [&str; 3]) -> Map<String, Value> {
        let mut map = Map::from_iter([(bucket.to_owned(), self.bucket), (key.to_owned(), self.key)]);
        map.extend(self.version.map(|value| (version.to_owned(), value)));
        map
    }
}

/// Where the author says that code or a definition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upload {
    /// A path, which `sam package` uploads.
    Local(String),
    Object(Location),
}

impl Upload {
    /// What `source` says: a path, the URI of an object, or a map.
    ///
    /// # Errors
    /// It is not one of these.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, Problem> {
        match source.value() {
            Value::Object(_) if !source.is_intrinsic() => Location::of_map(source).map(Self::Object),
            Value::String(text) => match Location::parse(text) {
                Some(location) => Ok(Self::Object(location)),
                None if is_local(text) => Ok(Self::Local(text.clone())),
                None => {
                    Err(source.problem("is neither a path nor an object in S3", "write a path, or `s3://bucket/key`"))
                }
            },
            _ => Err(source.must_be("a path, an `s3://` address or a map")),
        }
    }

    /// `DefinitionS3Location` and the like. A path stays as it is.
    pub(super) fn definition(self) -> Value {
        match self {
            Self::Local(path) => path.into(),
            Self::Object(location) => location.into_map(["Bucket", "Key", "Version"]).into(),
        }
    }

    /// `Code` of a function or `Content` of a layer. A path stays as it is.
    pub(super) fn code(self) -> Value {
        match self {
            Self::Local(path) => path.into(),
            Self::Object(location) => location.code().into(),
        }
    }
}

/// Where `path` is after packaging, for digests: which bucket that is does not matter here.
pub(super) fn packaged(path: &str) -> String {
    let key = path.strip_prefix("./").unwrap_or(path).trim_matches('/');
    format!("s3://bucket/{}", if key.is_empty() { "value" } else { key })
}

/// The same of a `uri`, which may also be something else than a path.
pub(super) fn packaged_uri(uri: &Value) -> Value {
    match uri {
        Value::String(path) if is_local(path) => packaged(path).into(),
        _ => uri.clone(),
    }
}

/// Whether `uri` is a path below the template's directory.
pub(super) fn is_local(uri: &str) -> bool {
    !uri.contains("://") && !uri.contains("{{")
}

/// `code` after packaging: a path becomes a place in S3.
pub(super) fn packaged_code(code: &Value) -> Value {
    match code.as_str().map(|path| Location::parse(&packaged(path))) {
        Some(Some(location)) => location.code().into(),
        Some(None) => json!({}),
        None => code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expansion::place::Place;

    #[test]
    fn a_location_is_a_bucket_a_key_and_perhaps_a_version() {
        let location = |bucket: &str, key: &str, version: Option<&str>| {
            Some(Location { bucket: bucket.into(), key: key.into(), version: version.map(Value::from) })
        };
        let table = [
            ("s3://b/k", location("b", "k", None)),
            ("s3://b//k/l.zip", location("b", "k/l.zip", None)),
            ("s3://b/k?versionId=3", location("b", "k", Some("3"))),
            ("s3://b/k?a=1&versionId=3#x", location("b", "k", Some("3"))),
            ("s3://b/k?versionId=3&versionId=4", location("b", "k", None)),
            ("s3://b", None),
            ("s3:///k", None),
            ("https://b/k", None),
            ("code/", None),
        ];
        for (uri, expected) in table {
            assert_eq!(Location::parse(uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_packaged_path_has_no_slashes_around_it() {
        for (path, expected) in
            [("./a/b/", "a/b"), ("a", "a"), ("/a", "a"), ("./", "value"), (".", "."), ("../a", "../a")]
        {
            assert_eq!(packaged(path), format!("s3://bucket/{expected}"), "{path}");
        }
    }

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
            assert_eq!(Upload::read(&source).ok().map(Upload::definition), expected, "{value}");
        }
    }
}
