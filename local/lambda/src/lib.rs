//! AWS Lambda, as far as functions and their callers see it: the Invoke API outside, one process per concurrent execution inside.
//!
//! An invocation travels down this list: `invoke_api` answers callers, `synchronous` queues invocations for them, `events`
//! retries asynchronous ones, `backlog` bounds what waits, `admission` decides which invocation is next, `pool` holds the
//! idle instances, `execution` runs one invocation on one of them, `process` is its process, `program` is what the process
//! runs, and `runtime_api` is what the function's runtime talks to. Next to them, [`launch`] finds or builds what starts each
//! function, [`watch`] follows the sources, and [`schedule`] invokes functions on time.
//!
//! *Invariant: no process outlives the host, and nothing here knows of APIs but their addresses. Nothing prints.*

mod admission;
mod api_hosts;
mod backlog;
mod calls;
mod client;
mod elsewhere;
mod environment;
mod events;
mod execution;
mod function_arn;
mod function_failure;
mod function_name;
mod functions;
mod host;
mod invoke_api;
mod invoke_rejection;
mod lineage;
mod pool;
mod process;
mod record;
mod program;
mod report;
mod request;
mod runnable_function;
mod runtime_api;
mod synchronous;
mod child_group;
pub mod launch;
pub mod watch;
pub mod schedule;

pub use api_hosts::ApiHosts;
pub use client::LambdaClient;
pub use elsewhere::forward;
pub use environment::{DROPPED, Endpoints, environment, sdk_environment, trust_environment, write_watch_file};
pub use host::Host;
pub use program::Program;
pub use record::Recorder;
pub use runnable_function::RunnableFunction;
