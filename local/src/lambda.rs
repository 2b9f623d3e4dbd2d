//! Lambda: the Invoke API outside, one process per concurrent execution inside.
//!
//! An invocation travels down this list: `invoke_api` answers callers, `synchronous` queues invocations for them, `events`
//! retries asynchronous ones, `backlog` bounds what waits, `admission` decides which invocation is next, `pool` holds the
//! idle instances, `execution` runs one invocation on one of them, `process` is its process, `program` is what the process
//! runs, and `runtime_api` is what the function's runtime talks to.

mod admission;
mod api_hosts;
mod backlog;
mod calls;
mod client;
mod elsewhere;
mod environment;
mod events;
mod execution;
mod fault;
mod function_error;
mod function_name;
mod host;
mod invoke_api;
mod lineage;
mod pool;
mod process;
mod record;
mod program;
mod refusal;
mod report;
mod runtime_api;
mod synchronous;

pub use api_hosts::ApiHosts;
pub use client::{Invocation, LambdaClient};
pub use elsewhere::forward;
pub(crate) use environment::{DROPPED, sdk_environment, trust_environment};
pub use environment::{Endpoints, environment, write_watch_file};
pub use function_error::FunctionError;
pub use host::{Host, RunnableFunction};
pub use program::Program;
pub use record::Recorder;
