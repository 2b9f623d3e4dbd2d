//! Asynchronous invocations: taken at once, run when there is room, retried when the function fails.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::backlog::Place;
use super::execution::{InvocationOutcome, execute};
use super::pool::Pool;
use super::request::InvokeRequest;

/// The pause before the first retry. Lambda waits a minute and then two minutes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>); here somebody watches the
/// terminal, and a retry that comes after three minutes would not be taken for one.
const FIRST_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// See [`FIRST_RETRY_PAUSE`].
const LATER_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// The pause after the first attempt that Lambda throttles. It doubles with each further one
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>).
const FIRST_THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after a throttled attempt (the same page).
const LONGEST_THROTTLED_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Delivers one event, after a `delay` where a fault says so. A drop is reported: there is no caller to tell.
///
/// At the concurrency limit an event waits for its turn instead of backing off and asking again: polling the pool would
/// gain nothing.
pub(super) async fn deliver(
    pool: Arc<Pool>,
    request: InvokeRequest,
    place: Place,
    delay: Option<Duration>,
    shutdown: CancellationToken,
) {
    if let Err(reason) = attempt_all(&pool, &request, delay, &shutdown).await {
        pool.reporter.note_about(&pool.function.function.name, format_args!("dropped event {}: {reason}", request.id));
    }
    drop(place);
}

/// An error is the reason for dropping the event.
async fn attempt_all(
    pool: &Pool,
    request: &InvokeRequest,
    delay: Option<Duration>,
    shutdown: &CancellationToken,
) -> Result<(), String> {
    let policy = pool.function.function.asynchronous;
    let expires = Instant::now() + policy.maximum_event_age;
    if let Some(delay) = delay {
        pause(pool, delay, expires, shutdown).await?;
    }
    for attempt in 0_u32..=policy.maximum_retry_attempts {
        if let Some(retry) = attempt.checked_sub(1) {
            pause(pool, pause_before(retry), expires, shutdown).await?;
        }
        wait_while_throttled(pool, request, expires, shutdown).await?;
        let admission = unless_stopped(shutdown, timeout_at(expires, pool.admit_event())).await?;
        let admission = admission.map_err(|_elapsed| too_old(pool))?.ok_or_else(stopping)?;
        let (reply, outcome) = oneshot::channel();
        execute(pool, admission, request.clone(), reply).await;
        if let Ok(InvocationOutcome::Returned(_)) = outcome.await {
            return Ok(());
        }
    }
    Err(format!("it failed {} times", policy.maximum_retry_attempts + 1))
}

/// Returns once no fault throttles the next attempt. The event stays in the queue meanwhile: a throttled attempt is not one of the
/// function's retries.
async fn wait_while_throttled(
    pool: &Pool,
    request: &InvokeRequest,
    expires: Instant,
    shutdown: &CancellationToken,
) -> Result<(), String> {
    let mut length = FIRST_THROTTLED_PAUSE;
    while pool.faults.throttles_function(&pool.function.function.name, &request.id) {
        pause(pool, length, expires, shutdown).await?;
        length = (length * 2).min(LONGEST_THROTTLED_PAUSE);
    }
    Ok(())
}

/// Waits for `length`. An error says that the event is too old afterwards, or that the stack is stopping.
async fn pause(pool: &Pool, length: Duration, expires: Instant, shutdown: &CancellationToken) -> Result<(), String> {
    let end = Instant::now() + length;
    if end > expires {
        return Err(too_old(pool));
    }
    unless_stopped(shutdown, sleep_until(end)).await
}

fn too_old(pool: &Pool) -> String {
    format!("it is older than {:?}", pool.function.function.asynchronous.maximum_event_age)
}

fn pause_before(retry: u32) -> Duration {
    match retry {
        0 => FIRST_RETRY_PAUSE,
        _ => LATER_RETRY_PAUSE,
    }
}

async fn unless_stopped<T>(shutdown: &CancellationToken, work: impl Future<Output = T>) -> Result<T, String> {
    shutdown.run_until_cancelled(work).await.ok_or_else(stopping)
}

fn stopping() -> String {
    "the local stack is stopping".to_owned()
}
