//! Lambda: the Invoke API outside, one process per concurrent execution inside.
//!
//! An invocation travels down this list: [`invoke_api`] answers callers, [`events`] retries what nobody waits for,
//! [`pool`] finds or starts a process and holds the limit, [`process`] runs one invocation in it, and [`runtime_api`]
//! is what the function's runtime talks to.

mod client;
mod environment;
mod events;
mod fault;
mod forward;
mod host;
mod invoke_api;
mod pool;
mod process;
mod report;
mod runtime_api;

pub use client::{Invocation, LambdaClient};
pub use environment::{Endpoints, environment, write_watch_file};
pub use forward::forward;
pub use host::{Host, RunnableFunction};
