//! Stories over real sockets: each starts its own stack, on its own ports, from the real binaries.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a story fails by panicking")]

mod harness;

mod joining;
mod talking;
mod large_rooms;
mod staying;
mod moderating;
mod hostile;
mod review;
mod failing;
mod faults;
mod alarms;
mod control;
mod operations;
mod addresses;
mod arbitrary;
mod model;
mod echo;
mod game;
mod notifications;
mod management;
mod command_line;
mod failed_starts;
mod languages;
mod telling;
mod recording;
mod conformance;
