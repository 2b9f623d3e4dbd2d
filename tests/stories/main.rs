//! Stories over real sockets: each starts its own stack, on its own ports, from the real binaries.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a story fails by panicking")]

mod harness;

mod command_line;
