//! What a handler answers to API Gateway.

use std::collections::BTreeMap;

use serde::Serialize;

/// A proxy response. For `$connect` its status decides on the handshake; elsewhere nobody sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'static str, String>,
}

impl Response {
    /// 200: the handshake succeeds, the message is dealt with.
    pub fn ok() -> Self {
        Self { status_code: 200, headers: BTreeMap::new() }
    }

    /// 200 to a handshake, with the subprotocol that the server chose among those offered. API Gateway echoes nothing by
    /// itself, and browsers give up a handshake that ignores what they offered.
    pub fn with_protocol(protocol: String) -> Self {
        Self { status_code: 200, headers: BTreeMap::from([("Sec-WebSocket-Protocol", protocol)]) }
    }

    /// 401: the handshake fails.
    pub fn unauthorized() -> Self {
        Self { status_code: 401, headers: BTreeMap::new() }
    }
}
