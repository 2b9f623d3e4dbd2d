//! What a function returns to a proxy integration.

use http::StatusCode;
use serde_json::{Map, Value};

/// A well-formed proxy response: an object with a status code.
#[derive(Debug)]
pub(super) struct ProxyResponse {
    pub(super) status: StatusCode,
    fields: Map<String, Value>,
}

impl ProxyResponse {
    /// A response that no function made.
    pub(super) fn new(status: StatusCode, body: Option<String>) -> Self {
        let fields = body.map(|body| ("body".to_owned(), Value::String(body)));
        Self { status, fields: fields.into_iter().collect() }
    }

    /// Reads the JSON text that a function returned; `None` is what API Gateway calls a malformed proxy response.
    pub(super) fn parse(returned: &[u8]) -> Option<Self> {
        let Value::Object(fields) = serde_json::from_slice(returned).ok()? else {
            return None;
        };
        let code = match fields.get("statusCode")? {
            Value::Number(code) => code.as_u64()?,
            Value::String(code) => code.parse().ok()?,
            _ => return None,
        };
        // A final answer has no status below 200.
        let status = u16::try_from(code).ok().filter(|code| (200..600).contains(code))?;
        let body_is_text = matches!(fields.get("body"), None | Some(Value::Null | Value::String(_)));
        let status = StatusCode::from_u16(status).ok().filter(|_| body_is_text)?;
        Some(Self { status, fields })
    }

    /// The value of a header, in whatever case and whichever of the two header maps it stands.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lookup = |map: &str| {
            let headers = self.fields.get(map)?.as_object()?;
            headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let single = lookup("headers").and_then(Value::as_str);
        single.or_else(|| lookup("multiValueHeaders")?.as_array()?.first()?.as_str())
    }

    /// The text for the client of a route that returns responses; `None` when there is nothing to send.
    pub(super) fn into_body(mut self) -> Option<String> {
        match self.fields.remove("body") {
            Some(Value::String(body)) if !body.is_empty() => Some(body),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_with_a_status_code_is_a_response() {
        for malformed in [
            "null",
            "\"ok\"",
            "{}",
            "[]",
            "",
            r#"{"statusCode":null}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":101}"#,
            r#"{"statusCode":-200}"#,
            r#"{"statusCode":200,"body":{}}"#,
        ] {
            assert!(ProxyResponse::parse(malformed.as_bytes()).is_none(), "{malformed}");
        }
        for (text, status) in [(r#"{"statusCode":200}"#, 200), (r#"{"statusCode":"404","body":null}"#, 404)] {
            assert_eq!(ProxyResponse::parse(text.as_bytes()).unwrap().status, status);
        }
    }

    #[test]
    fn a_header_is_found_in_both_maps_and_any_case() {
        for text in [
            r#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat"}}"#,
            r#"{"statusCode":200,"headers":{},"multiValueHeaders":{"sec-websocket-protocol":["chat"]}}"#,
        ] {
            assert_eq!(ProxyResponse::parse(text.as_bytes()).unwrap().header("SEC-WEBSOCKET-PROTOCOL"), Some("chat"));
        }
    }
}
