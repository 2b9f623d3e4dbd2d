//! Why the Invoke API does not invoke, in Lambda's words.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::function_arn::function_arn;

/// The largest event of a synchronous invocation: 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) const MAX_SYNCHRONOUS_BYTES: usize = 6 * 1024 * 1024;

/// The largest event of an asynchronous invocation: 1 MB since October 2025, 256 KB before.
/// <https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb>
pub(super) const MAX_ASYNCHRONOUS_BYTES: usize = 1024 * 1024;

/// An answer of the Invoke API without an invocation.
#[derive(Debug)]
pub(super) enum InvokeRejection {
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

impl IntoResponse for InvokeRejection {
    fn into_response(self) -> Response {
        let (status, error_type) = match self {
            InvokeRejection::UnknownFunction(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            InvokeRejection::ReservedConcurrency | InvokeRejection::Concurrency => {
                (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException")
            }
            InvokeRejection::NotJson(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
            InvokeRejection::Recursion => (StatusCode::BAD_REQUEST, "RecursiveInvocationException"),
            InvokeRejection::TooLarge | InvokeRejection::TooLargeForLater(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException")
            }
            InvokeRejection::UnknownInvocationType | InvokeRejection::DifferentQualifiers => {
                (StatusCode::BAD_REQUEST, "InvalidParameterValueException")
            }
            InvokeRejection::InvalidQualifier(_) => (StatusCode::BAD_REQUEST, "ValidationException"),
            InvokeRejection::UnknownOperation => (StatusCode::NOT_FOUND, "UnknownOperationException"),
            InvokeRejection::Abandoned => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
        };
        let body = match self {
            InvokeRejection::UnknownFunction(name) => {
                json!({ "Type": "User", "Message": format!("Function not found: {}", function_arn(&name)) })
            }
            InvokeRejection::ReservedConcurrency => throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
            InvokeRejection::Concurrency => throttled("ConcurrentInvocationLimitExceeded"),
            InvokeRejection::NotJson(error) => user_error(format!("Could not parse request body into json: {error}")),
            InvokeRejection::TooLarge => user_error(format!(
                "Request must be smaller than {MAX_SYNCHRONOUS_BYTES} bytes for the InvokeFunction operation"
            )),
            InvokeRejection::TooLargeForLater(bytes) => user_error(format!(
                "{bytes} byte payload is too large for the Event invocation type (limit {MAX_ASYNCHRONOUS_BYTES} bytes)"
            )),
            InvokeRejection::UnknownInvocationType => user_error("Unsupported invocation type".to_owned()),
            InvokeRejection::DifferentQualifiers => user_error(
                "The derived qualifier from the function name does not match the specified qualifier.".to_owned(),
            ),
            InvokeRejection::InvalidQualifier(qualifier) => json!({
                "message": format!(
                    "1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must \
                     satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)"
                ),
            }),
            InvokeRejection::UnknownOperation => user_error(
                "only DynamoDB, `@connections` of the WebSocket APIs, and Lambda's operation Invoke are local"
                    .to_owned(),
            ),
            InvokeRejection::Recursion => {
                json!({ "Type": "User", "Message": "the function was invoked in a recursive loop" })
            }
            InvokeRejection::Abandoned => json!({ "Type": "Service", "Message": "the invocation was abandoned" }),
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
