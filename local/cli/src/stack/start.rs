//! The start of a stack, step by step: bind, build, serve.

use std::time::Instant;

use crate::command_line::StackOptions;
use local_core::events::Reporter;
use local_core::failure::Failure;

use super::bind::BoundStack;
use super::running::RunningStack;
use super::services::Services;

/// Starts everything that `options` describe; `started` is when the process began. With `watches`, changes of sources
/// restart functions. What happens goes to `reporter`.
///
/// # Errors
/// An input cannot be used, a port is taken, a build fails, or a service does not start.
pub(super) async fn start(
    options: &StackOptions,
    watches: bool,
    started: Instant,
    reporter: &Reporter,
    services: &mut Services,
) -> Result<RunningStack, Failure> {
    let bound = BoundStack::bind(options, watches, started, reporter).await?;
    bound.build(services).await?.serve(services)
}
