//! The digests in the ids of generated resources.

use std::fmt::Write;

use serde_json::Value;
use sha1::{Digest, Sha1};

/// How many hexadecimal digits of a digest an id has.
const LENGTH: usize = 10;

/// The first 10 hexadecimal digits of the SHA-1 of `value`: of a text as it is, of anything else as JSON with sorted
/// keys. Nothing at all has no digits.
pub(crate) fn digest(value: &Value) -> String {
    match value {
        Value::String(text) => digest_of_text(text),
        Value::Null => String::new(),
        Value::Object(object) if object.is_empty() => String::new(),
        _ => digest_of_text(&canonical(value)),
    }
}

/// The same of a text.
pub(crate) fn digest_of_text(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut digits = full_digest(text);
    digits.truncate(LENGTH);
    digits
}

/// All 40 hexadecimal digits of the SHA-1 of a text.
pub(crate) fn full_digest(text: &str) -> String {
    let mut digits = String::new();
    for byte in Sha1::digest(text) {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// JSON with sorted keys, no spaces and no characters beyond ASCII.
fn canonical(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    escape(&sorted.to_string())
}

/// JSON with escapes for the characters that are not printable ASCII.
pub(super) fn escape(json: &str) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_digest_is_that_of_the_sorted_json() {
        // `python3 -c 'import hashlib; print(hashlib.sha1(b"…").hexdigest()[:10])'`
        let table = [
            (json!("abc"), "a9993e3647"),
            (json!({"b": 1, "a": ["é", "😀"]}), "ebb0bbf402"),
            (json!(null), ""),
            (json!({}), ""),
            (json!(""), ""),
        ];
        for (value, expected) in table {
            assert_eq!(digest(&value), expected, "{value}");
        }
    }
}
