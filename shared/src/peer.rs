//! Who is at the other end.

use std::fmt;

use crate::Endpoint;

/// The id that API Gateway gives a connection: 16 characters of the base64url alphabet, the last one `=`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(String);

impl ConnectionId {
    pub(crate) fn new(id: String) -> Self {
        Self(id)
    }

    /// The id as API Gateway writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A connection and where to reach it: all that a reply needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Which connection.
    pub id: ConnectionId,
    /// The stage that holds it.
    pub endpoint: Endpoint,
}
