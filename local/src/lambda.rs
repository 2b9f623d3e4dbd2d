//! Lambda: the Invoke API outside, one process per concurrent execution inside.

mod client;

pub use client::{Invocation, LambdaClient};
