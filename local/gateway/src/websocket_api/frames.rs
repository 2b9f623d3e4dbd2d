//! The text frames that API Gateway itself sends, spaced as it spaces them.

/// No route takes the message.
pub(super) const FORBIDDEN: &str = "Forbidden";
/// The function failed, or what it returned is no proxy response.
pub(super) const INTERNAL_SERVER_ERROR: &str = "Internal server error";
/// The function did not answer within the route's timeout.
pub(super) const ENDPOINT_REQUEST_TIMED_OUT: &str = "Endpoint request timed out";
/// The route's throttle is exceeded.
pub(super) const TOO_MANY_REQUESTS: &str = "Too Many Requests";

/// The frame that tells a client why its message got nowhere.
pub(super) fn error(message: &str, connection_id: &str, request_id: &str) -> String {
    format!(r#"{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#)
}
