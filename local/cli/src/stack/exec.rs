//! `parlor exec`: a stack for as long as a command runs.

use std::ffi::OsString;
use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use crate::command_line::ExecOptions;
use crate::console::{Console, Format};
use local_core::events::Reporter;
use local_core::failure::Failure;

use super::command::{CommandProcess, exit_code_of};
use super::environment;
use super::file_limit::RaisedLimit;
use super::services::Services;
use super::signals::Signals;
use super::start::start;

/// The exit code for a command that exists and cannot be executed, as in shells.
const CANNOT_EXECUTE: u8 = 126;
/// The exit code for a command that does not exist, as in shells.
const NOT_FOUND: u8 = 127;

/// Starts the stack that `options` describe, runs the command, stops the stack, and returns the command's exit code;
/// `started` is when the process began.
///
/// Returns when no server and no child process is left, whatever the outcome.
///
/// # Errors
/// A service does not start, or a server ended by itself while the command ran.
pub fn exec<'a>(
    options: &'a ExecOptions,
    started: Instant,
    console: &'a Arc<Console>,
) -> BoxFuture<'a, Result<u8, Failure>> {
    Box::pin(run_and_stop(options, started, console))
}

async fn run_and_stop(options: &ExecOptions, started: Instant, console: &Arc<Console>) -> Result<u8, Failure> {
    let reporter = console.reporter();
    let limit = RaisedLimit::raise();
    let mut signals = Signals::listen()?;
    let mut services = Services::default();
    let outcome = start_and_run(options, started, console, &reporter, &limit, &mut signals, &mut services).await;
    services.stop(&reporter).await;
    outcome
}

async fn start_and_run(
    options: &ExecOptions,
    started: Instant,
    console: &Console,
    reporter: &Reporter,
    limit: &RaisedLimit,
    signals: &mut Signals,
    services: &mut Services,
) -> Result<u8, Failure> {
    let stack = tokio::select! {
        stack = start(&options.stack, false, started, reporter, services) => stack?,
        signal = signals.received() => return Ok(exit_code_of(signal)),
    };
    if options.stack.log != Format::Quiet {
        console.line(stack.report(&options.stack, ""));
    }
    let environment = environment::changes(&stack, &std::env::vars_os().collect());
    match limit.lowered_for(|| CommandProcess::spawn(&options.command, &environment)) {
        Ok(command) => supervise(command, signals, services.first_failure()).await,
        Err(error) => Ok(not_started(&options.command, &error, console)),
    }
}

/// Says why the command does not run, and returns the exit code for it.
fn not_started(command: &[OsString], error: &std::io::Error, console: &Console) -> u8 {
    let program = command.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    let (message, code) = match error.kind() {
        ErrorKind::NotFound => (format!("the command `{program}` does not exist"), NOT_FOUND),
        kind => (format!("the command `{program}` cannot be run: {kind}"), CANNOT_EXECUTE),
    };
    console.failure(&Failure::new(message, "write a program in PATH, or its path, after `--`"));
    code
}

/// Waits for the command, passes signals on to it, and ends it if the stack fails.
async fn supervise(
    mut command: CommandProcess,
    signals: &mut Signals,
    stack_failure: impl Future<Output = Failure>,
) -> Result<u8, Failure> {
    let mut stack_failure = pin!(stack_failure);
    loop {
        tokio::select! {
            code = command.wait() => return code.map_err(|error| {
                Failure::new(format!("cannot wait for the command: {error}"), "run it again")
            }),
            signal = signals.received() => command.pass_on(signal),
            failure = &mut stack_failure => {
                command.end().await;
                return Err(failure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::future::ready;

    use super::*;

    fn shell(script: &str) -> CommandProcess {
        CommandProcess::spawn(&["sh".into(), "-c".into(), script.into()], &BTreeMap::new()).unwrap()
    }

    #[tokio::test]
    async fn a_command_ends_when_the_stack_fails() {
        let mut signals = Signals::listen().unwrap();
        let failure = || ready(Failure::new("a service is gone", "start again"));
        let command = shell("exec sleep 600");
        let id = command.id();

        let outcome = supervise(command, &mut signals, failure()).await;

        assert_eq!(outcome.unwrap_err().message(), "a service is gone");
        assert!(rustix::process::test_kill_process(id).is_err(), "the command still runs");
    }
}
