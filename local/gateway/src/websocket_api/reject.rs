//! Requests that are not for a connection.

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;

use super::body;
use super::gateway::Gateway;

/// Answers a request that is not for a connection. Its body is read first: its sender reads no response while it writes, and may
/// use the socket again.
pub(super) async fn reject(
    gateway: &Gateway,
    request: Request<Incoming>,
    reply: Response<Body>,
    problem: &str,
) -> Response<Body> {
    gateway.report_rejected(&request, reply.status(), problem);
    body::discard(request.into_body()).await;
    reply
}
