//! The WebSocket gateway through its sockets: clients on one side, a scripted Lambda Invoke API on the other.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy exempts test functions by itself, but not their helpers"
)]

mod client;
mod closing;
mod dawdling;
mod events;
mod faults;
mod gates;
mod handshakes;
mod iam;
mod lambda;
mod management;
mod messages;
mod mocks;
mod random;
mod reporting;
mod tls;
mod world;
