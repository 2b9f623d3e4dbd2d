//! Why there is no connection.

use axum::body::Body;
use http::{Response, StatusCode};

use super::client::Client;
use super::{frames, replies};

/// Why there is no connection: a response for the client, and a reason for the log.
pub(super) struct HandshakeRejection {
    pub(super) response: Response<Body>,
    pub(super) reason: String,
}

impl HandshakeRejection {
    /// A rejection that names the connection that does not come about.
    pub(super) fn of(client: &Client, request_id: &str, status: StatusCode, reason: String) -> Self {
        let (error_type, message) = match status {
            StatusCode::BAD_REQUEST => ("BadRequestException", "Bad Request"),
            StatusCode::UNAUTHORIZED => ("UnauthorizedException", "Unauthorized"),
            StatusCode::FORBIDDEN => ("ForbiddenException", frames::FORBIDDEN),
            StatusCode::TOO_MANY_REQUESTS => ("LimitExceededException", frames::TOO_MANY_REQUESTS),
            StatusCode::GATEWAY_TIMEOUT => ("IntegrationTimeoutException", frames::ENDPOINT_REQUEST_TIMED_OUT),
            status if status.is_server_error() => ("InternalServerErrorException", frames::INTERNAL_SERVER_ERROR),
            status => ("BadRequestException", status.canonical_reason().unwrap_or("Refused")),
        };
        let response = replies::refusal(status, error_type, message, &client.connection_id, request_id);
        Self { response, reason }
    }
}
