//! Amazon API Gateway, as far as applications see it: WebSocket APIs with `@connections`, and HTTP APIs.
//!
//! One listener serves one API. [`websocket_api`] is where to begin: from a TCP connection over the handshake to messages.
//! [`signature`] verifies SigV4 for both kinds of API, [`tls`] answers handshakes at the same ports.
//!
//! *Invariant: functions are reached through [`local_core::invocation::Functions`] alone. Nothing here knows where they run, and
//! nothing prints.* In reading order:

pub mod websocket_api;
pub mod http_api;
pub mod signature;
pub mod tls;
