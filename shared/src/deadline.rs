//! How long an invocation may still take.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::Error;

/// What an invocation keeps of its time to tell the client that it ran out of it: as long as a post may take, and some slack.
const REPLY_MARGIN: Duration = Duration::from_millis(2_500);

/// What a job keeps of its time to read one page more, to settle the posts under way and to hand on the rest, each with all
/// attempts of its calls: 4 s, twice 2 s and 4 s, and some slack for those who have renewed a connection.
const HAND_ON_MARGIN: Duration = Duration::from_secs(15);

/// How long API Gateway waits for a function (WebSocket API quotas: "Integration timeout", at most 29 s). An answer after
/// that finds the client told already.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// The moment by which an invocation must have answered: the end of its function's timeout or of API Gateway's patience,
/// less what telling the client takes.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// From the time, in milliseconds since the epoch, at which Lambda ends the invocation.
    pub fn of_invocation(ends_at_milliseconds: u64) -> Self {
        let left = time_left(ends_at_milliseconds, SystemTime::now());
        Self(Instant::now() + left.min(INTEGRATION_TIMEOUT).saturating_sub(REPLY_MARGIN))
    }

    /// From the time at which Lambda ends an invocation that nobody waits for.
    pub(crate) fn of_background(ends_at_milliseconds: u64) -> Self {
        let left = time_left(ends_at_milliseconds, SystemTime::now());
        Self(Instant::now() + left.saturating_sub(HAND_ON_MARGIN))
    }

    /// When it is.
    pub(crate) fn instant(self) -> Instant {
        self.0
    }

    /// Whether it has passed.
    pub(crate) fn is_over(self) -> bool {
        self.0 <= Instant::now()
    }

    /// Runs `work`, and gives it up when the deadline passes.
    ///
    /// # Errors
    /// [`Error::OutOfTime`], or what `work` failed with.
    pub async fn before<T>(self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::time::timeout_at(self.0, work).await.map_err(|_elapsed| Error::OutOfTime)?
    }
}

/// `cargo lambda watch` sends a duration where the Runtime API has a time, which shows: it lies in 1970.
fn time_left(ends_at_milliseconds: u64, now: SystemTime) -> Duration {
    const LONGEST_TIMEOUT: Duration = Duration::from_secs(15 * 60);
    let end = Duration::from_millis(ends_at_milliseconds);
    if end <= LONGEST_TIMEOUT {
        return end;
    }
    UNIX_EPOCH.checked_add(end).and_then(|end| end.duration_since(now).ok()).unwrap_or_default()
}

#[cfg(test)]
impl Deadline {
    pub(crate) fn at(instant: Instant) -> Self {
        Self(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_past_the_deadline_is_given_up() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ends_now = u64::try_from(now.as_millis()).unwrap();
        let outcome = Deadline::of_invocation(ends_now).before::<()>(std::future::pending()).await;
        assert!(matches!(outcome, Err(Error::OutOfTime)));

        let ends_later = ends_now + 60_000;
        let outcome = Deadline::of_invocation(ends_later).before(async { Ok("done") }).await;
        assert!(matches!(outcome, Ok("done")));
    }

    #[test]
    fn a_time_and_a_duration_are_told_apart() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(time_left(1_700_000_012_000, now), Duration::from_secs(12));
        assert_eq!(time_left(1_699_999_999_000, now), Duration::ZERO);
        assert_eq!(time_left(600_000, now), Duration::from_secs(600));
    }
}
