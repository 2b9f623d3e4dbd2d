//! One invocation from its admission to its REPORT line.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::admission::Source;
use super::function_failure::FunctionFailure;
use super::pool::{Admission, Instance, Pool};
use super::process::timed;
use super::report;
use super::request::InvokeRequest;
use local_core::events::{Event, InvocationReport, InvocationStatus};

/// How long an answer is held back until the process that gave it has asked for the next event. A runtime does so at
/// once, and then a caller's next call finds the process idle instead of starting another.
const SETTLE_LIMIT: Duration = Duration::from_millis(10);

/// What an invocation came to.
#[derive(Debug)]
pub(super) enum InvocationOutcome {
    /// The function's result.
    Returned(Bytes),
    /// A JSON object with `errorType` and `errorMessage`.
    Failed(Bytes),
}

/// A process that still runs after its response and is not idle. Until it is idle or has ended, it counts as an execution.
enum StillRunning {
    /// It works on.
    Busy(Instance),
    /// It must end: its code is old, or the host is stopping.
    Unwanted(Instance),
}

/// Runs one invocation to its end, whether or not somebody still waits for `reply`.
pub(super) async fn execute(
    pool: &Pool,
    admission: Admission,
    request: InvokeRequest,
    reply: oneshot::Sender<InvocationOutcome>,
) {
    let name = &pool.function.function.name;
    let limit = pool.function.function.timeout;
    let Admission { instance, execution } = admission;
    let (mut instance, init) = match obtain(pool, instance, &request.id).await {
        Ok(obtained) => obtained,
        Err(fault) => {
            drop(execution);
            let _ = reply.send(InvocationOutcome::Failed(fault.into_payload(&request.id)));
            return;
        }
    };
    let process_id = instance.process.id();
    let kill = pool.faults.kill(name, &request.id);
    let (result, duration) = timed(instance.process.invoke(&request, limit, kill)).await;
    let status = status(&result);

    // Nobody can ask a process that is gone.
    let peak_megabytes = process_id.and_then(report::peak_megabytes);

    // The place is free before the caller hears, or its next call could find none.
    let still_running = settle(pool, instance, &result).await;
    let execution = still_running.is_some().then_some(execution);
    let _ = reply.send(outcome(pool, &request.id, result));
    pool.reporter.report(Event::Invocation(InvocationReport {
        function: name.clone(),
        request_id: request.id,
        duration,
        init,
        memory_megabytes: pool.function.function.memory_megabytes,
        peak_megabytes,
        status,
    }));

    match still_running {
        None => {}
        Some(StillRunning::Unwanted(instance)) => instance.process.end().await,
        Some(StillRunning::Busy(instance)) => wait_until_idle(pool, instance, limit.saturating_sub(duration)).await,
    }
    drop(execution);
}

/// Returns an instance that is ready, and how long its start took if it is new.
async fn obtain(
    pool: &Pool,
    source: Source<Instance>,
    request_id: &str,
) -> Result<(Instance, Option<Duration>), FunctionFailure> {
    let start = match source {
        Source::Idle(instance) => return Ok((instance, None)),
        Source::New(start) => start,
    };
    let (started, duration) = timed(pool.start()).await;
    drop(start);
    match started {
        Ok(instance) => Ok((instance, Some(duration))),
        // It did not fail: the stack is stopping.
        Err(FunctionFailure::Stopped) => Err(FunctionFailure::Stopped),
        Err(fault) => {
            report::init_failure(pool, request_id, duration, &fault);
            Err(fault)
        }
    }
}

/// Makes a process idle that asks for the next event soon, and kills one that is of no use any more.
async fn settle(pool: &Pool, mut instance: Instance, result: &Result<Bytes, FunctionFailure>) -> Option<StillRunning> {
    match result {
        Ok(_) | Err(FunctionFailure::Reported(_) | FunctionFailure::ResponseTooLarge) => {}
        Err(FunctionFailure::Stopped) => return Some(StillRunning::Unwanted(instance)),
        Err(FunctionFailure::TimedOut(_) | FunctionFailure::Exited(_) | FunctionFailure::NotStarted { .. }) => {
            instance.process.kill().await;
            return None;
        }
    }
    match timeout(SETTLE_LIMIT, instance.process.ready()).await {
        Ok(ready) => put_back(pool, instance, ready).map(StillRunning::Unwanted),
        Err(_elapsed) => Some(StillRunning::Busy(instance)),
    }
}

/// Waits for a process that works on after its answer, at most for the `rest` of its time.
async fn wait_until_idle(pool: &Pool, mut instance: Instance, rest: Duration) {
    let limit = pool.function.function.timeout;
    let ready = timeout(rest, instance.process.ready()).await.unwrap_or(Err(FunctionFailure::TimedOut(limit)));
    if let Some(unwanted) = put_back(pool, instance, ready) {
        unwanted.process.end().await;
    }
}

/// Gives the process back if it cannot be idle.
fn put_back(pool: &Pool, instance: Instance, ready: Result<(), FunctionFailure>) -> Option<Instance> {
    match ready {
        Ok(()) => pool.put_back(instance),
        Err(fault) => {
            if let Some(sentence) = fault.sentence() {
                pool.reporter.note_about(&pool.function.function.name, format_args!("after its answer: {sentence}"));
            }
            Some(instance)
        }
    }
}

fn outcome(pool: &Pool, request_id: &str, result: Result<Bytes, FunctionFailure>) -> InvocationOutcome {
    match result {
        Ok(payload) => InvocationOutcome::Returned(payload),
        Err(fault) => {
            report::failure(pool, request_id, &fault);
            InvocationOutcome::Failed(fault.into_payload(request_id))
        }
    }
}

fn status(result: &Result<Bytes, FunctionFailure>) -> InvocationStatus {
    match result {
        Ok(_) => InvocationStatus::Returned,
        Err(FunctionFailure::TimedOut(_)) => InvocationStatus::TimedOut,
        Err(_) => InvocationStatus::Failed,
    }
}
