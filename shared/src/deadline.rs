//! How long an invocation may still take.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Error;

/// What an invocation keeps of its function's timeout to tell the client that it ran out of time.
pub const REPLY_MARGIN: Duration = Duration::from_millis(1_000);

/// The moment by which an invocation must have answered: its function's timeout, less [`REPLY_MARGIN`].
#[derive(Clone, Copy, Debug)]
pub struct Deadline(SystemTime);

impl Deadline {
    /// From the time, in milliseconds since the epoch, at which Lambda ends the invocation.
    pub(crate) fn of_invocation(ends_at_milliseconds: u64) -> Self {
        let end = UNIX_EPOCH + Duration::from_millis(ends_at_milliseconds);
        Self(end.checked_sub(REPLY_MARGIN).unwrap_or(UNIX_EPOCH))
    }

    /// Runs `work`, and gives it up when the deadline passes.
    ///
    /// # Errors
    /// [`Error::OutOfTime`], or what `work` failed with.
    pub async fn before<T>(self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let left = self.0.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        tokio::time::timeout(left, work).await.map_err(|_elapsed| Error::OutOfTime)?
    }
}
