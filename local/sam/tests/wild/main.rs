//! Templates of the shapes that people, frameworks and generators write, through the reader's own door.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

mod aliases;
mod classic;
mod generators;
mod http_apis;
mod language;
mod limits;
mod mocks;
mod nested;
mod parameters;
mod permissions;
mod rejections;
mod samconfig;
mod stages;
