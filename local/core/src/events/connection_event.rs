//! What happens to a WebSocket connection.

use std::time::Duration;

use serde::Serialize;

use super::invocation_report::as_milliseconds;

/// Something that happened to a connection: ids, routes and outcomes, and never what a message says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEvent {
    /// What happened.
    pub kind: ConnectionEventKind,
    /// The logical id of the API.
    pub api: String,
    /// The id of the connection, or `none` if there is not one.
    pub connection_id: String,
    /// The id of the request, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_key: Option<String>,
    /// The function behind the route, or `mock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// An HTTP status, or the code of a close frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took.
    #[serde(rename = "durationMs", serialize_with = "as_milliseconds")]
    pub duration: Duration,
    /// What is wrong, and how to correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionEventKind {
    /// A client asked for a connection.
    Handshake,
    /// A client sent a message.
    Message,
    /// A call of `@connections` sent a message.
    Post,
    /// A call of `@connections` asked about a connection.
    Get,
    /// A call of `@connections` closed a connection.
    Delete,
    /// A call of `@connections` had a method that it does not have.
    Unknown,
    /// A request was neither for a connection nor about one.
    Request,
    /// A connection ended.
    Close,
}
