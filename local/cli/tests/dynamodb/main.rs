//! The embedded DynamoDB, over its own protocol.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod harness;
mod requests;
mod tables;
