//! HTTP answers in API Gateway's shape.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::identifiers;
use crate::signature::Rejection;

/// What SDKs tell errors apart by.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The answer of the gateway to whom it has nothing to give.
pub(super) fn forbidden() -> Response<Body> {
    error(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden")
}

/// An error with a message.
pub(super) fn error(status: StatusCode, error_type: &str, message: &str) -> Response<Body> {
    typed(json(status, json!({"message": message}).to_string()), error_type)
}

/// The answer to a request that is not believed or not allowed.
pub(super) fn rejection(rejection: &Rejection) -> Response<Body> {
    typed(json(StatusCode::FORBIDDEN, rejection.body().to_string()), rejection.error_type)
}

/// An error that names the connection that did not come about, and the request.
pub(super) fn refusal(
    status: StatusCode,
    error_type: &str,
    message: &str,
    connection_id: &str,
    request_id: &str,
) -> Response<Body> {
    let body = json!({"message": message, "connectionId": connection_id, "requestId": request_id});
    typed(json(status, body.to_string()), error_type)
}

/// An error without a body.
pub(super) fn bodiless_error(status: StatusCode, error_type: &str) -> Response<Body> {
    typed(json(status, Body::empty()), error_type)
}

/// A JSON answer, or an empty one that claims to be JSON as API Gateway's do.
pub(super) fn json(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = empty(status);
    *response.body_mut() = body.into();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer with the headers that every answer has.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let generated = [
        (REQUEST_ID, uuid::Uuid::new_v4().to_string()),
        (EXTENDED_REQUEST_ID, identifiers::mint()),
        (TRACE_ID, identifiers::mint_trace_id()),
    ];
    for (name, value) in generated {
        insert(&mut response, name, &value);
    }
    response
}

fn typed(mut response: Response<Body>, error_type: &str) -> Response<Body> {
    insert(&mut response, ERROR_TYPE, error_type);
    response
}

fn insert(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
