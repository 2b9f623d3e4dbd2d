//! The string maps that come with messages, tokens and events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Room for the keys and values of a map together (`ChatTokenAttributes` of the ivschat model: "1 KB total"). How AWS counts
/// is not documented; here it is bytes as JSON writes them, because a session must fit into an authorizer's 8 KB, where a
/// control character takes six.
pub const MAX_ATTRIBUTES_BYTES: usize = 1_024;

/// A map of strings to strings, at most 1 KB in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<String, String>);

/// Why a value is no such map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttributesError {
    NotStrings,
    TooLarge,
}

impl Attributes {
    pub(crate) fn parse(value: &Value) -> Result<Self, AttributesError> {
        let map = value.as_object().ok_or(AttributesError::NotStrings)?;
        let strings = map.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        let map: BTreeMap<_, _> = strings.collect::<Option<_>>().ok_or(AttributesError::NotStrings)?;
        let bytes: usize = map.iter().map(|(key, value)| json_bytes(key) + json_bytes(value)).sum();
        if bytes > MAX_ATTRIBUTES_BYTES { Err(AttributesError::TooLarge) } else { Ok(Self(map)) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }
}

/// The bytes of a text in JSON, without its quotation marks.
fn json_bytes(text: &str) -> usize {
    text.bytes()
        .map(|byte| if matches!(byte, 0..0x20) { 6 } else { 1 + usize::from(matches!(byte, b'"' | b'\\')) })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kilobyte_is_enough_and_a_byte_more_is_too_much() {
        assert!(Attributes::parse(&json!({ "k": "v".repeat(1_023) })).is_ok());
        assert_eq!(Attributes::parse(&json!({ "k": "v".repeat(1_024) })), Err(AttributesError::TooLarge));
        assert_eq!(Attributes::parse(&json!({ "k": "é".repeat(512) })), Err(AttributesError::TooLarge));
    }

    #[test]
    fn what_json_escapes_counts_as_json_writes_it() {
        assert_eq!(Attributes::parse(&json!({ "k": "\u{1}".repeat(171) })), Err(AttributesError::TooLarge));
        assert!(Attributes::parse(&json!({ "k": "\u{1}".repeat(170) })).is_ok());
        assert_eq!(Attributes::parse(&json!({ "": "\"".repeat(513) })), Err(AttributesError::TooLarge));
    }

    #[test]
    fn only_strings_go_into_it() {
        for value in [json!(null), json!([]), json!("a"), json!({ "k": 1 }), json!({ "k": null }), json!({ "k": {} })] {
            assert_eq!(Attributes::parse(&value), Err(AttributesError::NotStrings));
        }
        assert_eq!(Attributes::parse(&json!({})), Ok(Attributes::default()));
    }
}
