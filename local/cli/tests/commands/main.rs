//! The commands of `parlor`, as processes: what they print, write and return.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy exempts test functions by itself, but not their helpers"
)]

mod archiving;
mod creating;
mod deriving;
mod executing;
mod failing;
mod harness;
mod project;
mod repositories;
mod signals;
mod templates;
