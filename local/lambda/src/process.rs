//! One execution environment: a process of a function, and its Runtime API.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::environment::process_environment;
use super::function_arn::function_arn;
use super::function_failure::FunctionFailure;
use super::program::Program;
use super::request::InvokeRequest;
use super::runnable_function::RunnableFunction;
use super::runtime_api::{Assignment, RuntimeApi, RuntimeEvent};
use crate::child_group::ChildGroup;
use local_core::events::{Event, Reporter};
use local_core::faults::Kill;

/// Lambda ends the INIT phase of on-demand functions after 10 seconds: see [`init_limit`].
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// A line of output above this is broken into several: one CloudWatch Logs event held 256 KB at most for long.
const MAX_LINE_BYTES: u64 = 256 * 1024;

/// A process that has asked for an event, or will soon. Whatever it starts ends with it, at the latest when this is
/// dropped: an execution environment has nothing that outlives it.
#[derive(Debug)]
pub(super) struct Process {
    child: ChildGroup,
    api: RuntimeApi,
    /// The ARN of the function, without a qualifier.
    arn: String,
    reporter: Reporter,
    shutdown: CancellationToken,
}

impl Process {
    /// Starts `program` and waits until it asks for its first event.
    pub(super) async fn start(
        function: &RunnableFunction,
        program: Program,
        reporter: Reporter,
        shutdown: CancellationToken,
    ) -> Result<Self, FunctionFailure> {
        let mut process = match Self::spawn(function, &program, reporter, shutdown).await {
            Ok(process) => process,
            Err(error) => return Err(FunctionFailure::NotStarted { executable: program.executable, error }),
        };
        let limit = init_limit(function.function.timeout);
        match timeout(limit, process.ready()).await.unwrap_or(Err(FunctionFailure::TimedOut(limit))) {
            Ok(()) => Ok(process),
            Err(fault) => {
                process.end().await;
                Err(fault)
            }
        }
    }

    async fn spawn(
        function: &RunnableFunction,
        program: &Program,
        reporter: Reporter,
        shutdown: CancellationToken,
    ) -> std::io::Result<Self> {
        let name = &function.function.name;
        let arn = function_arn(name);
        let api = RuntimeApi::listen().await?;
        let directory = program.working_directory();
        let mut command = Command::new(&program.executable);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(process_environment(function, program, directory, api.address))
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = ChildGroup::spawn(&mut command)?;
        let name: Arc<str> = name.as_str().into();
        if let Some(output) = child.take_stdout() {
            tokio::spawn(relay(output, Arc::clone(&name), reporter.clone()));
        }
        if let Some(output) = child.take_stderr() {
            tokio::spawn(relay(output, name, reporter.clone()));
        }
        Ok(Self { child, api, arn, reporter, shutdown })
    }

    /// Runs one invocation, unless it is killed meanwhile. The time starts when the event is handed over.
    pub(super) async fn invoke(
        &mut self,
        request: &InvokeRequest,
        limit: Duration,
        mut kill: Option<Kill>,
    ) -> Result<Bytes, FunctionFailure> {
        let deadline = SystemTime::now() + limit;
        let assignment = Assignment {
            request_id: HeaderValue::try_from(&request.id).unwrap_or(HeaderValue::from_static("")),
            function_arn: HeaderValue::try_from(self.invoked_arn(request)).unwrap_or(HeaderValue::from_static("")),
            deadline_ms: deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            trace_id: request.trace_id.clone(),
            client_context: request.client_context.clone(),
            payload: request.payload.clone(),
        };
        // Without a delay it dies before the event: afterwards it might be faster.
        if let Some(kill) = kill.take_if(|kill| kill.delay.is_zero()) {
            self.strike(kill);
        }
        if self.api.assignments.try_send(assignment).is_err() {
            return Err(FunctionFailure::Stopped);
        }
        let answer = async {
            if let Some(kill) = kill {
                if let Ok(answer) = timeout(kill.delay, self.answer()).await {
                    return answer;
                }
                self.strike(kill);
            }
            self.answer().await
        };
        timeout(limit, answer).await.unwrap_or(Err(FunctionFailure::TimedOut(limit)))
    }

    fn strike(&mut self, kill: Kill) {
        self.reporter.report(Event::Fault(kill.fault));
        self.child.strike();
    }

    /// The ARN of the function, with the qualifier that the caller has named.
    fn invoked_arn(&self, request: &InvokeRequest) -> String {
        match &request.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.arn),
            None => self.arn.clone(),
        }
    }

    async fn answer(&mut self) -> Result<Bytes, FunctionFailure> {
        loop {
            match self.event().await? {
                RuntimeEvent::Polled => {}
                RuntimeEvent::Answered(payload) => return Ok(payload),
                RuntimeEvent::Failed(error) | RuntimeEvent::InitFailed(error) => {
                    return Err(FunctionFailure::Reported(error));
                }
                RuntimeEvent::AnsweredTooMuch => return Err(FunctionFailure::ResponseTooLarge),
            }
        }
    }

    /// Waits until the process asks for an event.
    pub(super) async fn ready(&mut self) -> Result<(), FunctionFailure> {
        loop {
            match self.event().await? {
                RuntimeEvent::Polled => return Ok(()),
                RuntimeEvent::Failed(error) | RuntimeEvent::InitFailed(error) => {
                    return Err(FunctionFailure::Reported(error));
                }
                RuntimeEvent::Answered(_) | RuntimeEvent::AnsweredTooMuch => {}
            }
        }
    }

    async fn event(&mut self) -> Result<RuntimeEvent, FunctionFailure> {
        tokio::select! {
            // A runtime may answer and exit at once: what it said comes first.
            biased;
            event = self.api.events.recv() => event.ok_or(FunctionFailure::Stopped),
            status = self.child.wait() => match status {
                Ok(status) => Err(FunctionFailure::Exited(status)),
                Err(_) => Err(FunctionFailure::Stopped),
            },
            () = self.shutdown.cancelled() => Err(FunctionFailure::Stopped),
        }
    }

    /// Whether the process still runs.
    pub(super) fn is_running(&mut self) -> bool {
        self.child.is_running()
    }

    /// The operating system's number of the process, while it runs.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the process at once.
    pub(super) async fn kill(self) {
        self.child.kill().await;
    }

    /// Asks the process to end, and makes it if it does not.
    pub(super) async fn end(self) {
        self.child.end().await;
    }
}

/// Reports each line of a process's output, until the process closes it.
///
/// The interface clients of Node.js and Python keep an entry of several lines together with carriage returns, as one
/// event of CloudWatch Logs; at a terminal they would overwrite each other.
async fn relay(output: impl AsyncRead + Unpin, function: Arc<str>, reporter: Reporter) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut output).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await {
        for part in String::from_utf8_lossy(&line).trim_end().split('\r') {
            reporter.output(&function, part);
        }
        line.clear();
    }
}

/// How long a function with this `timeout` may take to ask for its first event. After [`INIT_LIMIT`] Lambda runs INIT
/// once more, as a part of the first invocation and within the function's own timeout; here it just goes on.
fn init_limit(timeout: Duration) -> Duration {
    INIT_LIMIT.max(timeout)
}

/// How long something took, with its result.
pub(super) async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    (work.await, started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_gets_ready_within_its_own_timeout_if_that_is_longer() {
        for (timeout, limit) in [(3, 10), (10, 10), (60, 60)] {
            assert_eq!(init_limit(Duration::from_secs(timeout)), Duration::from_secs(limit));
        }
    }
}
