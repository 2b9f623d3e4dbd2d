//! What functions say of their own failures.

use std::fmt;

use serde_json::Value;

/// Why a function failed, as its answer tells; the words are its own, or Lambda's about a process that did not answer.
#[derive(Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// `errorType`, such as `NameError`.
    pub error_type: Option<String>,
    /// `errorMessage`: an authorizer's `Unauthorized` is told by it. The whole answer, where it has none.
    pub message: String,
}

impl FunctionError {
    /// Reads the payload of a function error.
    pub fn read(payload: &[u8]) -> Self {
        let Ok(Value::Object(error)) = serde_json::from_slice::<Value>(payload) else {
            return Self { error_type: None, message: String::from_utf8_lossy(payload).into_owned() };
        };
        let text = |key| error.get(key).and_then(Value::as_str).map(str::to_owned);
        match text("errorMessage") {
            Some(message) => Self { error_type: text("errorType").filter(|kind| !kind.is_empty()), message },
            None => Self { error_type: None, message: Value::Object(error).to_string() },
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error_type {
            Some(error_type) => write!(to, "{error_type}: {}", self.message),
            None => to.write_str(&self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_type_and_message() {
        for (payload, words) in [
            (
                r#"{"errorMessage":"name 'x' is not defined","errorType":"NameError"}"#,
                "NameError: name 'x' is not defined",
            ),
            (r#"{"errorMessage":"Unauthorized","errorType":""}"#, "Unauthorized"),
            (r#"{"errorMessage":"Unauthorized"}"#, "Unauthorized"),
            (r#"{"errorType":"Odd"}"#, r#"{"errorType":"Odd"}"#),
            ("no JSON", "no JSON"),
        ] {
            assert_eq!(FunctionError::read(payload.as_bytes()).to_string(), words);
        }
    }
}
