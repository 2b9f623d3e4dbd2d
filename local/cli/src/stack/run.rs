//! `parlor run`: the stack until you stop it.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use crate::command_line::RunOptions;
use crate::console::Console;
use local_core::events::Reporter;
use local_core::failure::Failure;

use super::file_limit::RaisedLimit;
use super::services::Services;
use super::signals::Signals;
use super::start::start;

/// Runs the stack that `options` describe until you stop it; `started` is when the process began.
///
/// Returns when no server and no child process is left, whatever the outcome.
///
/// # Errors
/// A service does not start, or a server ended by itself.
pub fn run<'a>(
    options: &'a RunOptions,
    started: Instant,
    console: &'a Arc<Console>,
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(serve_and_stop(options, started, console))
}

async fn serve_and_stop(options: &RunOptions, started: Instant, console: &Arc<Console>) -> Result<(), Failure> {
    let reporter = console.reporter();
    let _raised = RaisedLimit::raise();
    let mut signals = Signals::listen()?;
    let mut services = Services::default();
    let outcome = tokio::select! {
        failure = serve(options, started, console, &reporter, &mut services) => failure,
        _signal = signals.received() => Ok(()),
    };
    services.stop(&reporter).await;
    outcome
}

async fn serve(
    options: &RunOptions,
    started: Instant,
    console: &Console,
    reporter: &Reporter,
    services: &mut Services,
) -> Result<(), Failure> {
    let stack = start(&options.stack, !options.no_watch, started, reporter, services).await?;
    if options.json {
        console.data(stack.json());
    } else {
        console.line(stack.report(&options.stack, ", stop with Ctrl-C"));
    }
    Err(services.first_failure().await)
}
