//! What a handler answers to API Gateway.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;

use crate::Error;

/// A proxy response: status, headers and body.
///
/// | route | what reaches the client |
/// |---|---|
/// | `$connect` | the status decides on the handshake: 2xx opens the connection, any other is the HTTP status that the client sees. Of the headers, `Sec-WebSocket-Protocol` |
/// | a two-way route, with a `RouteResponse` in the template | the body, as a frame |
/// | any other | nothing |
///
/// ```
/// use parlor::{Error, Response, StatusCode};
///
/// # fn main() -> Result<(), Error> {
/// let refused = Response::new(StatusCode::FORBIDDEN);
/// let echoed = Response::ok().with_body("hello");
/// let counted = Response::json(&serde_json::json!({ "players": 3 }))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// A handler that returns nothing has handled its event: 200.
impl From<()> for Response {
    fn from((): ()) -> Self {
        Self::ok()
    }
}

impl Response {
    /// A response without headers and body.
    pub fn new(status: StatusCode) -> Self {
        Self { status_code: status.as_u16(), headers: BTreeMap::new(), body: None }
    }

    /// 200: the handshake succeeds, or the message was handled.
    pub fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    /// 401 to a handshake: the client is not known.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED)
    }

    /// 403 to a handshake: the client is known and may not connect.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN)
    }

    /// 200, with a body of JSON.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, Error> {
        serde_json::to_string(value).map(|body| Self::ok().with_body(body)).map_err(Error::Json)
    }

    /// Chooses a subprotocol of those that the client offered in its handshake. API Gateway chooses none by itself, and browsers
    /// close a connection whose server ignores what they offered.
    #[must_use]
    pub fn with_protocol(self, protocol: impl Into<String>) -> Self {
        self.with_header("Sec-WebSocket-Protocol", protocol)
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Sets the body: on a two-way route, the frame that the client receives.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status_code
    }

    /// The value of a header, by the name that it was set with.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body, if there is one.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}
