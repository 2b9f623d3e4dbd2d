//! Places in S3, where the packaged template has local paths.

use serde_json::{Map, Value, json};

/// An object in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
}

impl Location {
    /// What `s3://bucket/key?versionId=version` says.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("s3://")?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _fragment)| rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, key) = path.split_once('/')?;
        let versions: Vec<&str> =
            query.split('&').filter_map(|pair| pair.strip_prefix("versionId=")).filter(|id| !id.is_empty()).collect();
        let version = match versions.as_slice() {
            [version] => Some((*version).to_owned()),
            _ => None,
        };
        let key = key.trim_start_matches('/').to_owned();
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), key, version })
    }

    /// `Code` of a function or `Content` of a layer.
    pub(super) fn code(self) -> Map<String, Value> {
        let mut code =
            Map::from_iter([("S3Bucket".to_owned(), self.bucket.into()), ("S3Key".to_owned(), self.key.into())]);
        code.extend(self.version.map(|version| ("S3ObjectVersion".to_owned(), version.into())));
        code
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

    #[test]
    fn a_location_is_a_bucket_a_key_and_perhaps_a_version() {
        let location = |bucket: &str, key: &str, version: Option<&str>| {
            Some(Location { bucket: bucket.to_owned(), key: key.to_owned(), version: version.map(str::to_owned) })
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
}
