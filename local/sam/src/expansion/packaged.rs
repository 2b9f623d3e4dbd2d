//! Code as `sam package` leaves it: digests in ids are of this form.

use serde_json::Value;

/// `uri` with a local path in the form of an upload: `./src/chat/` is `s3://bucket/src/chat`.
pub(super) fn packaged(uri: &Value) -> Value {
    match uri {
        Value::String(path) if is_local(path) => {
            let path = path.strip_prefix("./").unwrap_or(path).trim_matches('/');
            format!("s3://bucket/{}", if path.is_empty() { "value" } else { path }).into()
        }
        _ => uri.clone(),
    }
}

/// Whether `uri` is a path below the template's directory.
pub(super) fn is_local(uri: &str) -> bool {
    !uri.contains("://") && !uri.contains("{{")
}
