//! Compares JSON, field for field, with what is expected: absent fields must be absent.
//!
//! An expected text in angle brackets stands for any value of a kind, and an expected key with a question mark at its end
//! for a field that may be missing.

use jiff::Timestamp;
use serde_json::Value;

use crate::shortfall::{Shortfall, Verdict};

/// An id of a connection, a message or a request.
pub(crate) const ID: &str = "<id>";
/// Any text.
pub(crate) const TEXT: &str = "<text>";
/// Any value.
pub(crate) const ANY: &str = "<any>";
/// An IP address.
pub(crate) const IP: &str = "<ip>";
/// The id of an API.
pub(crate) const API_ID: &str = "<api id>";
/// Milliseconds since 1970, near this machine's clock.
pub(crate) const EPOCH: &str = "<epoch milliseconds>";
/// `16/May/2022:17:30:27 +0000`
pub(crate) const CLOCK: &str = "<clock time>";
/// `Root=1-<8 hex digits>-<24 hex digits>`
pub(crate) const TRACE_ID: &str = "<trace id>";

/// How far the clocks of this machine and of the service may be apart, in milliseconds.
const CLOCK_SKEW: u64 = 5 * 60 * 1000;

/// Differs at the first place where `got` is not as `expected`.
pub(crate) fn matches(got: &Value, expected: &Value) -> Verdict {
    compare("it", got, expected)
}

fn compare(place: &str, got: &Value, expected: &Value) -> Verdict {
    let differs = || Err(Shortfall::new(format!("`{place}` is {expected}"), got));
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            for (key, expected) in expected {
                let name = key.strip_suffix('?').unwrap_or(key);
                match got.get(name) {
                    Some(got) => compare(&format!("{place}.{name}"), got, expected)?,
                    None if name == key => {
                        return Err(Shortfall::new(format!("`{place}.{name}` is {expected}"), "no such field"));
                    }
                    None => {}
                }
            }
            let known = |key: &String| expected.contains_key(key) || expected.contains_key(&format!("{key}?"));
            match got.iter().find(|(key, _)| !known(key)) {
                Some((key, value)) => Err(Shortfall::new(format!("no field `{place}.{key}`"), value)),
                None => Ok(()),
            }
        }
        (Value::Array(got), Value::Array(expected)) if got.len() == expected.len() => {
            let mut pairs = got.iter().zip(expected).enumerate();
            pairs.try_for_each(|(index, (got, expected))| compare(&format!("{place}[{index}]"), got, expected))
        }
        (got, Value::String(kind)) if kind.starts_with('<') => {
            if is_of_kind(got, kind) {
                Ok(())
            } else {
                differs()
            }
        }
        (got, expected) if got == expected => Ok(()),
        _ => differs(),
    }
}

fn is_of_kind(value: &Value, kind: &str) -> bool {
    let text = value.as_str();
    match kind {
        ANY => true,
        TEXT => text.is_some(),
        ID => text.is_some_and(is_id),
        IP => text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()),
        API_ID => text.is_some_and(is_api_id),
        EPOCH => value.as_u64().is_some_and(|milliseconds| milliseconds.abs_diff(now()) < CLOCK_SKEW),
        CLOCK => text.is_some_and(|text| clock(text).is_some()),
        TRACE_ID => text.is_some_and(is_trace_id),
        _ => false,
    }
}

fn now() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// 16 characters of url-safe base64, the last of them `=`.
pub(crate) fn is_id(text: &str) -> bool {
    let symbol = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 16 && text.strip_suffix('=').is_some_and(|symbols| symbols.bytes().all(symbol))
}

fn is_api_id(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

fn is_trace_id(text: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.strip_prefix("Root=1-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(time, random)| digits(time, 8) && digits(random, 24))
}

/// A version 4 UUID or any other.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The second that `16/May/2022:17:30:27 +0000` stands for; always UTC.
pub(crate) fn clock(text: &str) -> Option<i64> {
    let time = text.strip_suffix(" +0000").filter(|time| time.len() == "16/May/2022:17:30:27".len())?;
    let time = jiff::civil::DateTime::strptime("%d/%b/%Y:%H:%M:%S", time).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expected_of(got: Value, expected: Value) -> String {
        match matches(&got, &expected) {
            Err(Shortfall::Differs { expected, .. }) => expected,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_field_more_or_less_or_other_is_named() {
        assert_eq!(expected_of(json!({"a": 1, "b": 2}), json!({"a": 1})), "no field `it.b`");
        assert_eq!(expected_of(json!({}), json!({"a": {"b": 1}})), r#"`it.a` is {"b":1}"#);
        assert_eq!(expected_of(json!({"a": {"b": 2}}), json!({"a": {"b": 1}})), "`it.a.b` is 1");
        assert_eq!(expected_of(json!({"a": [1, 3]}), json!({"a": [1, 2]})), "`it.a[1]` is 2");
        assert_eq!(expected_of(json!({"a": [1]}), json!({"a": [1, 2]})), "`it.a` is [1,2]");
        assert_eq!(expected_of(json!({"a": null}), json!({"a?": TEXT})), "`it.a` is \"<text>\"");
        assert_eq!(matches(&json!({"a": 1}), &json!({"a": ANY, "b?": 1})), Ok(()));
    }

    #[test]
    fn kinds_accept_what_they_describe_and_nothing_else() {
        let table = [
            (ID, json!("SOqGjdZioAMCEeg="), json!("SOqGjdZioAMCEegg")),
            (IP, json!("203.0.113.9"), json!("203.0.113")),
            (API_ID, json!("abcdef1234"), json!("Abcdef1234")),
            (EPOCH, json!(now()), json!(now() / 1000)),
            (CLOCK, json!("16/May/2022:17:30:27 +0000"), json!("2022-05-16T17:30:27Z")),
            (CLOCK, json!("06/May/2022:07:30:27 +0000"), json!("6/May/2022:07:30:27 +0000")),
            (TRACE_ID, json!("Root=1-5e66d96f-7491f09e3bc41d6e8a0b5c2f"), json!("Root=1-5e66d96f")),
            (TEXT, json!(""), json!(1)),
        ];
        for (kind, good, bad) in table {
            assert_eq!(matches(&good, &json!(kind)), Ok(()), "{kind} {good}");
            assert!(matches(&bad, &json!(kind)).is_err(), "{kind} {bad}");
        }
    }
}
