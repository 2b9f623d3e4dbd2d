//! Why the Invoke API does not invoke, in Lambda's words.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::process::arn;

/// The largest event of a synchronous invocation: 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) const MAX_SYNCHRONOUS_BYTES: usize = 6 * 1024 * 1024;

/// The largest event of an asynchronous invocation: 1 MB since October 2025, 256 KB before.
/// <https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb>
pub(super) const MAX_ASYNCHRONOUS_BYTES: usize = 1024 * 1024;

/// An answer of the Invoke API without an invocation.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The template has no function of this name, which may have a qualifier.
    UnknownFunction(String),
    /// The executions that the template reserves for the function are all busy.
    ReservedConcurrency,
    /// Too many invocations wait on this machine, or a fault says that the account's concurrency is used up.
    Concurrency,
    /// The event is not JSON; this is why.
    NotJson(serde_json::Error),
    /// The event is above [`MAX_SYNCHRONOUS_BYTES`].
    TooLarge,
    /// The event has these bytes, above [`MAX_ASYNCHRONOUS_BYTES`].
    TooLargeForLater(usize),
    /// The invocation type is none of Lambda's.
    UnknownInvocationType,
    /// The name of the function and the parameter `Qualifier` have different qualifiers.
    DifferentQualifiers,
    /// This is neither an alias nor a version that Lambda accepts.
    InvalidQualifier(String),
    /// The operation is not Invoke: functions look here for every service that has no endpoint of its own.
    UnknownOperation,
    /// The function was invoked too often in one chain.
    Recursion,
    /// The host gave the invocation up.
    Abandoned,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error_type) = match self {
            Refusal::UnknownFunction(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            Refusal::ReservedConcurrency | Refusal::Concurrency => {
                (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException")
            }
            Refusal::NotJson(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
            Refusal::Recursion => (StatusCode::BAD_REQUEST, "RecursiveInvocationException"),
            Refusal::TooLarge | Refusal::TooLargeForLater(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException")
            }
            Refusal::UnknownInvocationType | Refusal::DifferentQualifiers => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException")
            }
            Refusal::InvalidQualifier(_) => (StatusCode::BAD_REQUEST, "ValidationException"),
            Refusal::UnknownOperation => (StatusCode::NOT_FOUND, "UnknownOperationException"),
            Refusal::Abandoned => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
        };
        let body = match self {
            Refusal::UnknownFunction(name) => {
                json!({ "Type": "User", "Message": format!("Function not found: {}", arn(&name)) })
            }
            Refusal::ReservedConcurrency => throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
            Refusal::Concurrency => throttled("ConcurrentInvocationLimitExceeded"),
            Refusal::NotJson(error) => user_error(format!("Could not parse request body into json: {error}")),
            Refusal::TooLarge => user_error(format!(
                "Request must be smaller than {MAX_SYNCHRONOUS_BYTES} bytes for the InvokeFunction operation"
            )),
            Refusal::TooLargeForLater(bytes) => user_error(format!(
                "{bytes} byte payload is too large for the Event invocation type (limit {MAX_ASYNCHRONOUS_BYTES} bytes)"
            )),
            Refusal::UnknownInvocationType => user_error("Unsupported invocation type".to_owned()),
            Refusal::DifferentQualifiers => user_error(
                "The derived qualifier from the function name does not match the specified qualifier.".to_owned(),
            ),
            Refusal::InvalidQualifier(qualifier) => json!({
                "message": format!(
                    "1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must \
                     satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)"
                ),
            }),
            Refusal::UnknownOperation => user_error(
                "only DynamoDB, `@connections` of the WebSocket APIs, and Lambda's operation Invoke are local"
                    .to_owned(),
            ),
            Refusal::Recursion => json!({ "Type": "User", "Message": "the function was invoked in a recursive loop" }),
            Refusal::Abandoned => json!({ "Type": "Service", "Message": "the invocation was abandoned" }),
        };
        (status, [("x-amzn-errortype", error_type)], Json(body)).into_response()
    }
}

fn user_error(message: String) -> serde_json::Value {
    json!({ "Type": "User", "message": message })
}

fn throttled(reason: &str) -> serde_json::Value {
    json!({ "Reason": reason, "Type": "User", "message": "Rate Exceeded." })
}
