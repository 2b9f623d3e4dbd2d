//! The `@connections` API: post to a connection, look at it, close it.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::limits::{BODY_DEADLINE, MAX_DISCARDED_BYTES, MAX_MESSAGE_BYTES};
use super::outbox::Posted;
use super::registry::Description;
use super::{Gateway, identifiers, replies};
use crate::loopback;

/// What came of reading a request's body.
enum Received {
    Whole(Bytes),
    TooLarge,
    /// It broke off, or took too long.
    Incomplete,
}

/// Answers a call about connection `id`.
pub(super) async fn answer(gateway: &Gateway, id: &str, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Some(reason) = loopback::refusal(&parts.headers, &gateway.options.domain_name) {
        gateway.note(format_args!("`@connections` call refused: {reason}"));
        return replies::forbidden();
    }
    let body = match timeout(BODY_DEADLINE, receive(Body::new(body))).await {
        Ok(Received::Whole(body)) => body,
        Ok(Received::TooLarge) => {
            let message = format!("Message too long: more than {MAX_MESSAGE_BYTES} bytes");
            return replies::error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", &message);
        }
        Ok(Received::Incomplete) | Err(_) => {
            return replies::error(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", "Request Timeout");
        }
    };
    // AWS names the path parameter, not the connection.
    let resource = gateway.arn(&format!("{}/@connections/{{connectionId}}", parts.method));
    if let Err(rejection) =
        gateway.options.verifier.authorize(&parts, &body, "execute-api:ManageConnections", &resource)
    {
        gateway.note(format_args!("`@connections` call refused: {}", rejection.reason));
        return replies::rejection(&rejection);
    }
    if !identifiers::is_well_formed(id) {
        return replies::error(StatusCode::BAD_REQUEST, "BadRequestException", &format!("Invalid connectionId: {id}"));
    }
    match parts.method {
        Method::POST => post(gateway, id, &body),
        Method::GET => {
            gateway.registry.describe(id).map_or_else(gone, |found| replies::json(StatusCode::OK, describe(&found)))
        }
        Method::DELETE if gateway.registry.remove(id) => replies::empty(StatusCode::NO_CONTENT),
        Method::DELETE => gone(),
        _ => {
            replies::error(StatusCode::FORBIDDEN, "MissingAuthenticationTokenException", "Missing Authentication Token")
        }
    }
}

fn post(gateway: &Gateway, id: &str, body: &[u8]) -> Response<Body> {
    match gateway.registry.post(id, String::from_utf8_lossy(body).into_owned()) {
        Posted::Accepted => replies::json(StatusCode::OK, Body::empty()),
        Posted::Full => {
            gateway.note(format_args!("post to connection {id} refused: 429, its client does not read fast enough"));
            replies::error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Limit Exceeded")
        }
        Posted::Gone => gone(),
    }
}

fn gone() -> Response<Body> {
    replies::bodiless_error(StatusCode::GONE, "GoneException")
}

/// The JSON of `GET`, in API Gateway's own layout.
fn describe(description: &Description) -> String {
    let client = &description.client;
    let user_agent = client.user_agent.as_deref().map_or(Value::Null, Value::from);
    format!(
        r#"{{
  "identity" : {{
    "sourceIp" : {},
    "userAgent" : {user_agent}
  }},
  "connectedAt" : "{}",
  "lastActiveAt" : "{}"
}}"#,
        Value::from(client.source_ip.as_str()),
        iso_8601(client.connected_at),
        iso_8601(description.last_active_at),
    )
}

/// UTC with milliseconds.
fn iso_8601(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Reads a body of at most a message's size. Of a larger one some more is read, so that its sender gets to the answer.
async fn receive(body: Body) -> Received {
    let mut stream = body.into_data_stream();
    let mut received = BytesMut::new();
    let mut size = 0;
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else { return Received::Incomplete };
        size += chunk.len();
        if size <= MAX_MESSAGE_BYTES {
            received.extend_from_slice(&chunk);
        } else if size > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if size > MAX_MESSAGE_BYTES { Received::TooLarge } else { Received::Whole(received.freeze()) }
}
