//! What is judged: the APIs of the stack, wherever it runs, and who calls them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::Address;

/// The stack under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// APIs by their logical ids in the template. Cases about an API that is not here are skipped.
    pub apis: BTreeMap<String, Api>,
    /// The region that calls are signed for.
    pub region: String,
    /// Who may call `@connections` and open signed handshakes.
    pub credentials: Option<Credentials>,
    /// Who may not.
    pub unprivileged: Option<Credentials>,
    /// How long connections live there.
    pub limits: Limits,
}

/// The two addresses of an API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Where clients connect.
    pub url: Address,
    /// Under which `/@connections/{id}` stands.
    pub management: Address,
}

/// A pair of keys, and the token of a session if they belong to one.
#[derive(Clone)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// How long connections live.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time without a message in either direction.
    pub idle_timeout: Duration,
    /// Longest life of a connection.
    pub max_lifetime: Duration,
}

impl Default for Limits {
    /// API Gateway's own: 10 minutes and 2 hours (quotas for WebSocket APIs).
    fn default() -> Self {
        Self { idle_timeout: Duration::from_secs(10 * 60), max_lifetime: Duration::from_secs(2 * 60 * 60) }
    }
}
