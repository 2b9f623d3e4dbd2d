//! The `@connections` API: post to a connection, look at it, close it.

use std::time::Instant;

use axum::body::Body;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::sleep;

use super::body::{self, Received};
use super::gateway::Gateway;
use super::limits::MAX_MESSAGE_BYTES;
use super::outbox::Posted;
use super::registry::Description;
use super::{frames, identifiers, replies};
use local_core::events::{ConnectionEvent, ConnectionEventKind};
use local_core::faults::PostStatus;
use local_core::loopback;

/// Answers a call about connection `id`.
pub(super) async fn answer(gateway: &Gateway, id: &str, request: Request<Incoming>) -> Response<Body> {
    let began = Instant::now();
    let kind = match *request.method() {
        Method::GET => ConnectionEventKind::Get,
        Method::DELETE => ConnectionEventKind::Delete,
        Method::POST => ConnectionEventKind::Post,
        _ => ConnectionEventKind::Unknown,
    };
    let Reply { response, problem } = reply(gateway, id, request).await;
    gateway.report(ConnectionEvent {
        status: Some(response.status().as_u16()),
        duration: began.elapsed(),
        problem,
        // What is no id may be anything, and a terminal obeys some of it.
        ..gateway.event(kind, if identifiers::is_well_formed(id) { id } else { "malformed" }, None)
    });
    response
}

/// An answer for the caller, and words for the person at the terminal.
struct Reply {
    response: Response<Body>,
    problem: Option<String>,
}

impl Reply {
    fn error(status: StatusCode, error_type: &str, message: &str) -> Self {
        Self { response: replies::error(status, error_type, message), problem: Some(message.to_owned()) }
    }
}

impl From<Response<Body>> for Reply {
    fn from(response: Response<Body>) -> Self {
        Self { response, problem: None }
    }
}

async fn reply(gateway: &Gateway, id: &str, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    if let Some(reason) = loopback::refusal(&parts.headers, &gateway.options.domain_name) {
        return Reply { response: replies::forbidden(), problem: Some(reason) };
    }
    let body = match body::read(body).await {
        Received::Whole(body) => body,
        Received::TooLarge => {
            let message = format!("Message too long: more than {MAX_MESSAGE_BYTES} bytes");
            return Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", &message);
        }
        Received::Incomplete => {
            return Reply::error(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", "Request Timeout");
        }
    };
    // AWS names the path parameter, not the connection.
    let resource = gateway.arn(&format!("{}/@connections/{{connectionId}}", parts.method));
    let verifier = &gateway.options.verifier;
    if let Err(rejection) = verifier.authorize(&parts, &body, "execute-api:ManageConnections", &resource) {
        return Reply { response: replies::rejection(&rejection), problem: Some(rejection.reason) };
    }
    if !identifiers::is_well_formed(id) {
        let message = format!("Invalid connectionId: {id}");
        return Reply::error(StatusCode::BAD_REQUEST, "BadRequestException", &message);
    }
    match parts.method {
        Method::POST => match instead_of_post(gateway, id).await {
            Some(fault) => fault,
            None => post(gateway, id, &body),
        },
        Method::GET => match gateway.registry.describe(id) {
            Some(found) => replies::json(StatusCode::OK, describe(&found)).into(),
            None => gone().into(),
        },
        Method::DELETE if gateway.registry.remove(id) => replies::empty(StatusCode::NO_CONTENT).into(),
        Method::DELETE => gone().into(),
        _ => Reply::error(StatusCode::FORBIDDEN, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    }
}

/// The answer of a fault, after the delay of another.
async fn instead_of_post(gateway: &Gateway, id: &str) -> Option<Reply> {
    let faults = &gateway.options.faults;
    if faults.is_empty() {
        return None;
    }
    let client = gateway.registry.describe(id)?.client;
    if let Some(delay) = faults.post_delay(client.as_fault_target()) {
        sleep(delay).await;
    }
    let response = match faults.post_answer(client.as_fault_target())? {
        PostStatus::Gone => gone(),
        PostStatus::LimitExceeded => limit_exceeded(),
        PostStatus::InternalServerError => {
            let message = frames::INTERNAL_SERVER_ERROR;
            replies::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerErrorException", message)
        }
        PostStatus::ServiceUnavailable => {
            replies::error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", "Service Unavailable")
        }
    };
    Some(Reply { response, problem: Some("a fault of the plan".to_owned()) })
}

fn post(gateway: &Gateway, id: &str, body: &[u8]) -> Reply {
    match gateway.registry.post(id, String::from_utf8_lossy(body).into_owned()) {
        Posted::Accepted => replies::json(StatusCode::OK, Body::empty()).into(),
        Posted::Full => {
            let response = limit_exceeded();
            Reply { response, problem: Some("its client does not read fast enough".to_owned()) }
        }
        Posted::Gone => gone().into(),
    }
}

fn limit_exceeded() -> Response<Body> {
    replies::error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Limit Exceeded")
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
