//! The Lambda host through the Invoke API, with real processes.

#![allow(clippy::unwrap_used, reason = "clippy exempts test functions by itself, but not their helpers")]

mod aliases;
mod building;
mod crowds;
mod events;
mod failing;
mod faults;
mod harness;
mod invoking;
mod processes;
mod queueing;
mod recursing;
mod schedules;
mod watching;
