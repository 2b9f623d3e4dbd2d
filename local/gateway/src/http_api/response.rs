//! What a client gets: a function's answer in payload format 2.0, or API Gateway's own words.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

/// Headers that belong to the connection or to API Gateway; a function cannot set them.
const OWN_HEADERS: &[&str] =
    &["apigw-requestid", "connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"];

/// API Gateway's own answer: such as 404 with `{"message":"Not Found"}`.
pub(super) fn message(status: StatusCode) -> Response {
    let text = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        status => status.canonical_reason().unwrap_or_default(),
    };
    (status, Json(json!({ "message": text }))).into_response()
}

/// The function's answer as the client gets it: an object with `statusCode` says it all; anything else is the body of
/// a 200 in JSON, as it is.
///
/// # Errors
/// It has a `statusCode` and does not fit the format; the words are for the log.
pub(super) fn from_function(answer: Bytes) -> Result<Response, String> {
    match serde_json::from_slice::<Value>(&answer) {
        Ok(Value::Object(fields)) if fields.contains_key("statusCode") => explicit(&fields),
        _ => Ok(([(CONTENT_TYPE, "application/json")], answer).into_response()),
    }
}

fn explicit(fields: &Map<String, Value>) -> Result<Response, String> {
    let mut response = Response::new(Body::from(body(fields)?));
    *response.status_mut() = status(&fields["statusCode"])?;
    let headers = response.headers_mut();
    // `multiValueHeaders` belongs to format 1.0 and is ignored in 2.0.
    match fields.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => set_headers(headers, given)?,
        Some(_) => return Err(wrong_type("headers")),
    }
    match fields.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                headers.append(SET_COOKIE, header_value("cookies", cookie)?);
            }
        }
        Some(_) => return Err(wrong_type("cookies")),
    }
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}

fn status(value: &Value) -> Result<StatusCode, String> {
    let number = match value {
        Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    // Informational statuses are no final answer.
    let status =
        number.filter(|number| (200..600).contains(number)).and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| wrong_type("statusCode"))
}

fn body(fields: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let is_base64 = match fields.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(wrong_type("isBase64Encoded")),
    };
    match fields.get("body") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if is_base64 => {
            STANDARD.decode(text).map_err(|_| "its `body` is not the base64 that `isBase64Encoded` promises".to_owned())
        }
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(_) => Err(wrong_type("body")),
    }
}

fn set_headers(headers: &mut HeaderMap, given: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in given {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| format!("`{name}` is no header name"))?;
        if !OWN_HEADERS.contains(&name.as_str()) {
            let value = header_value("headers", value)?;
            headers.append(name, value);
        }
    }
    Ok(())
}

fn header_value(field: &str, value: &Value) -> Result<HeaderValue, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(wrong_type(field)),
    };
    HeaderValue::try_from(text).map_err(|_| format!("`{field}` holds a character that no header may"))
}

/// The words of API Gateway's own access log.
fn wrong_type(field: &str) -> String {
    format!("the response does not match the format that API Gateway expects: wrong type for field `{field}`")
}
