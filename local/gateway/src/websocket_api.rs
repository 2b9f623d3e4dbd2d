//! A WebSocket API: the handshake with its authorizer, routes that end at functions, and `@connections`.
//!
//! The `listener` accepts TCP connections; `server` tells handshakes from calls of `@connections` (`management`). A handshake is an
//! `upgrade`, which `handshake` decides on; `connection` owns the open socket, `dispatch` brings its messages to an `integration`,
//! and the `registry` makes it reachable. All tasks of an API share a `gateway`. In reading order:

mod options;
mod gateway;
mod listener;
mod server;
mod request_head;
mod peer;
mod wire;
mod reject;
mod body;
mod upgrade_request;
mod upgrade;
mod handshake_request;
mod client;
mod handshake;
mod handshake_rejection;
mod admission;
mod authorizer;
mod events;
mod connection;
mod socket_faults;
mod closing;
mod dispatch;
mod routes;
mod json_path;
mod integration;
mod integration_outcome;
mod proxy_response;
mod mock;
mod mapping;
mod outbox;
mod registry;
mod management;
mod throttle;
mod frames;
mod replies;
mod identifiers;
mod limits;

pub use limits::{IDLE_TIMEOUT, MAX_LIFETIME};
pub use listener::serve;
pub use options::WebSocketApiOptions;
