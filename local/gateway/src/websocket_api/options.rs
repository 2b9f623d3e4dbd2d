//! What a WebSocket API needs besides its model.

use std::sync::Arc;
use std::time::Duration;

use local_core::events::Reporter;
use local_core::faults::Faults;
use local_core::invocation::Functions;

use crate::signature::Verifier;
use crate::tls::Tls;

/// What a WebSocket API needs besides its model.
#[derive(Clone)]
pub struct WebSocketApiOptions {
    /// `domainName` in events, such as `127.0.0.1:3001`: it stands for `{api}.execute-api.{region}.amazonaws.com`.
    pub domain_name: String,
    /// Answers those who speak TLS at the same port; without it, they are not understood.
    pub tls: Option<Tls>,
    /// Invokes the functions behind the routes.
    pub functions: Arc<dyn Functions>,
    /// Judges the signatures of `@connections` calls.
    pub verifier: Arc<Verifier>,
    /// Whether the messages of a connection are handled one after the other; API Gateway's are not.
    pub is_serial: bool,
    /// A connection without a message in either direction for this long is closed; API Gateway's is [`IDLE_TIMEOUT`](super::IDLE_TIMEOUT).
    pub idle_timeout: Duration,
    /// A connection of this age is closed; API Gateway's is [`MAX_LIFETIME`](super::MAX_LIFETIME).
    pub max_lifetime: Duration,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Gets what happens.
    pub reporter: Reporter,
}
