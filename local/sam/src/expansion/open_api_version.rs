//! Versions of OpenAPI.

use serde_json::Value;

use crate::scalar::scalar_text;

/// Whether a version of OpenAPI is 3: `3`, `3.0`, `3.0.1`.
pub(super) fn is_version_3(version: &Value) -> bool {
    scalar_text(version).is_some_and(|version| is_version(&version, &["3"]))
}

/// Whether a version consists of one of the `major` ones and at most two more digits.
pub(super) fn is_version(version: &str, major: &[&str]) -> bool {
    let mut parts = version.split('.');
    let is_digit = |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|first| major.contains(&first)) && parts.clone().count() <= 2 && parts.all(is_digit)
}
