//! Asynchronous invocations: taken at once, run when there is room, retried when the function fails.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::execution::{Outcome, execute};
use super::pool::Pool;
use super::process::Request;
use crate::console;

/// What may wait at once, for all functions together, in kilobytes: 128 MB. Lambda's queue has no such limit; memory
/// has.
const MAX_WAITING_KILOBYTES: usize = 128 * 1024;

/// What an event takes beside its payload, roughly: a task and a request.
const EVENT_OVERHEAD_BYTES: usize = 2 * 1024;

/// The pause before the first retry. Lambda waits a minute and then two minutes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>); here somebody watches the
/// terminal, and a retry that comes after three minutes would not be taken for one.
const FIRST_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// See [`FIRST_RETRY_PAUSE`].
const LATER_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// The events that wait.
#[derive(Debug)]
pub(super) struct EventQueue {
    places: Arc<Semaphore>,
}

/// A place in the queue, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl EventQueue {
    /// An empty queue.
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(MAX_WAITING_KILOBYTES)) }
    }

    /// A place for an event with a payload of `bytes`, or `None` if the queue is full.
    pub(super) fn place(&self, bytes: usize) -> Option<Place> {
        let kilobytes = u32::try_from((bytes + EVENT_OVERHEAD_BYTES).div_ceil(1024)).ok()?;
        Arc::clone(&self.places).try_acquire_many_owned(kilobytes).ok().map(Place)
    }
}

/// Delivers one event, after a `delay` where a fault says so. A drop is a line on the console: there is no caller to tell.
///
/// At the concurrency limit an event waits for its turn instead of backing off and asking again: nobody is nearer to
/// the pool than this, so nothing would be gained by polling it.
pub(super) async fn deliver(
    pool: Arc<Pool>,
    request: Request,
    place: Place,
    delay: Option<Duration>,
    shutdown: CancellationToken,
) {
    if let Err(reason) = attempt_all(&pool, &request, delay, &shutdown).await {
        console::from(&pool.function.function.name, format_args!("dropped event {}: {reason}", request.id));
    }
    drop(place);
}

/// An error is the reason for dropping the event.
async fn attempt_all(
    pool: &Pool,
    request: &Request,
    delay: Option<Duration>,
    shutdown: &CancellationToken,
) -> Result<(), String> {
    let policy = pool.function.function.asynchronous;
    let expires = Instant::now() + policy.maximum_event_age;
    let too_old = || format!("it is older than {:?}", policy.maximum_event_age);
    if let Some(delay) = delay {
        let begins_at = Instant::now() + delay;
        if begins_at > expires {
            return Err(too_old());
        }
        unless_stopped(shutdown, sleep_until(begins_at)).await?;
    }
    for attempt in 0_u32..=policy.maximum_retry_attempts {
        if let Some(retry) = attempt.checked_sub(1) {
            let retry_at = Instant::now() + pause_before(retry);
            if retry_at > expires {
                return Err(too_old());
            }
            unless_stopped(shutdown, sleep_until(retry_at)).await?;
        }
        let admission = unless_stopped(shutdown, timeout_at(expires, pool.admit())).await?;
        let Ok(Some(admission)) = admission else {
            return Err(too_old());
        };
        let (reply, outcome) = oneshot::channel();
        execute(pool, admission, request.clone(), reply).await;
        if let Ok(Outcome::Returned(_)) = outcome.await {
            return Ok(());
        }
    }
    Err(format!("it failed {} times", policy.maximum_retry_attempts + 1))
}

fn pause_before(retry: u32) -> Duration {
    match retry {
        0 => FIRST_RETRY_PAUSE,
        _ => LATER_RETRY_PAUSE,
    }
}

async fn unless_stopped<T>(shutdown: &CancellationToken, work: impl Future<Output = T>) -> Result<T, String> {
    shutdown.run_until_cancelled(work).await.ok_or_else(|| "the local stack is stopping".to_owned())
}
