//! Lambda: the Invoke API outside, one process per concurrent execution inside.
//!
//! An invocation travels down this list: `invoke_api` answers callers, `events` retries what nobody waits for,
//! `pool` holds the limit and the idle processes, `execution` runs one invocation in one of them, `process` is
//! that process, `program` what was started for it, and `runtime_api` is what the function's runtime talks to.

mod client;
mod elsewhere;
mod environment;
mod events;
mod execution;
mod fault;
mod function_error;
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

pub use client::{Invocation, LambdaClient};
pub use elsewhere::forward;
pub(crate) use environment::{DROPPED, sdk_environment, trust_environment};
pub use environment::{Endpoints, environment, write_watch_file};
pub use function_error::FunctionError;
pub use host::{Host, RunnableFunction};
pub use program::Program;
pub use record::Recorder;
