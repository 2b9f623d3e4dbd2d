//! How long an invocation may still take.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::Error;

/// The part of an invocation's time that is kept for telling the client that it ran out of it: one send, and some slack.
const REPLY_MARGIN: Duration = Duration::from_millis(2_500);

/// The part of a fan-out job's time that is kept for reading one more page, settling the sends in progress and queueing the
/// rest, each with all attempts of its calls: 4 s, twice 2 s and 4 s, and some slack for members who renewed a connection.
const QUEUE_MARGIN: Duration = Duration::from_secs(15);

/// How long API Gateway waits for a function (WebSocket API quotas, "Integration timeout": at most 29 s). An answer after
/// that is too late: the client has been told already.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// The time by which an invocation must have answered: the end of its function's timeout or of API Gateway's, whichever is
/// earlier, less the time that it takes to tell the client.
///
/// ```
/// use parlor::{Deadline, Error};
///
/// async fn answer(deadline: Deadline) -> Result<String, Error> {
///     deadline.before(async { Ok("in time".to_owned()) }).await
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Derives the deadline from the time, in milliseconds since the epoch, at which Lambda ends the invocation.
    pub fn of_invocation(ends_at_milliseconds: u64) -> Self {
        let left = time_left(ends_at_milliseconds, SystemTime::now());
        Self(Instant::now() + left.min(INTEGRATION_TIMEOUT).saturating_sub(REPLY_MARGIN))
    }

    /// The same for an asynchronous invocation, whose result is not waited for.
    pub(crate) fn of_background(ends_at_milliseconds: u64) -> Self {
        let left = time_left(ends_at_milliseconds, SystemTime::now());
        Self(Instant::now() + left.saturating_sub(QUEUE_MARGIN))
    }

    /// A deadline so far from now, for tests and for programs that are not invoked by Lambda.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    pub(crate) fn instant(self) -> Instant {
        self.0
    }

    /// Whether it has passed.
    pub fn is_over(self) -> bool {
        self.0 <= Instant::now()
    }

    /// Runs `work`, and abandons it when the deadline passes.
    ///
    /// # Errors
    /// [`Error::OutOfTime`], converted into the error of `work`; or that error.
    pub async fn before<T, E: From<Error>>(self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        tokio::time::timeout_at(self.0, work).await.unwrap_or_else(|_elapsed| Err(Error::OutOfTime.into()))
    }
}

/// `cargo lambda watch` sends a duration where the Runtime API has a time. Read as a time, it lies in 1970.
fn time_left(ends_at_milliseconds: u64, now: SystemTime) -> Duration {
    const LONGEST_TIMEOUT: Duration = Duration::from_secs(15 * 60);
    let end = Duration::from_millis(ends_at_milliseconds);
    if end <= LONGEST_TIMEOUT {
        return end;
    }
    UNIX_EPOCH.checked_add(end).and_then(|end| end.duration_since(now).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_past_the_deadline_is_abandoned() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ends_now = u64::try_from(now.as_millis()).unwrap();
        let outcome = Deadline::of_invocation(ends_now).before::<(), Error>(std::future::pending()).await;
        assert!(matches!(outcome, Err(Error::OutOfTime)));

        let ends_later = ends_now + 60_000;
        let outcome = Deadline::of_invocation(ends_later).before::<_, Error>(async { Ok("done") }).await;
        assert!(matches!(outcome, Ok("done")));
    }

    #[test]
    fn a_time_and_a_duration_are_distinguished() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(time_left(1_700_000_012_000, now), Duration::from_secs(12));
        assert_eq!(time_left(1_699_999_999_000, now), Duration::ZERO);
        assert_eq!(time_left(600_000, now), Duration::from_secs(600));
    }
}
