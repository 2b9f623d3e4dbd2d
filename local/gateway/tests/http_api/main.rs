//! An HTTP API through its socket.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod events;
mod signing;
mod stack;
