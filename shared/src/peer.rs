//! Where to send a frame: a connection's id and the endpoint of its stage.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Endpoint;

/// The longest id that is accepted, in bytes. API Gateway's have 16; emulators use UUIDs and the like.
const MAX_ID_BYTES: usize = 128;

/// The id that API Gateway gives a connection: 16 characters of the base64url alphabet, the last one `=`.
///
/// ```
/// use parlor::ConnectionId;
///
/// let id: ConnectionId = "SOqGjdZioAMCEeg=".parse()?;
/// assert_eq!(id.as_str(), "SOqGjdZioAMCEeg=");
/// assert!("two words".parse::<ConnectionId>().is_err());
/// # Ok::<(), parlor::InvalidConnectionId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The id as API Gateway writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionId {
    type Err = InvalidConnectionId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::try_from(id.to_owned())
    }
}

impl TryFrom<String> for ConnectionId {
    type Error = InvalidConnectionId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
        let is_valid = (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(is_allowed);
        if is_valid { Ok(Self(id)) } else { Err(InvalidConnectionId) }
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> Self {
        id.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The text is not a connection id: it is empty, longer than 128 bytes, or has a character other than letters, digits, `-`,
/// `_` and `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a connection id")]
pub struct InvalidConnectionId;

/// A connection and the stage that holds it: all that a reply needs.
///
/// Every event has the peer that it is about. A peer can also be stored and read back: it serialises as
/// `{"id":"…","endpoint":"https://…"}`.
///
/// ```
/// use parlor::Peer;
///
/// let stored = r#"{"id":"SOqGjdZioAMCEeg=","endpoint":"https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev"}"#;
/// let peer: Peer = serde_json::from_str(stored)?;
/// assert_eq!(peer, Peer::new(peer.id.clone(), peer.endpoint.clone()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peer {
    /// The connection.
    pub id: ConnectionId,
    /// The endpoint of the stage that holds it.
    pub endpoint: Endpoint,
}

impl Peer {
    /// A connection of a stage.
    pub fn new(id: ConnectionId, endpoint: Endpoint) -> Self {
        Self { id, endpoint }
    }
}
