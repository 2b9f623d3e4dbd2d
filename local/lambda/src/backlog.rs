//! The memory that waiting invocations may take, for all functions together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Asynchronous invocations that wait, in kilobytes: 128 MB. Lambda's queue has no such limit; memory has.
const MAX_EVENT_KILOBYTES: usize = 128 * 1024;

/// What an event takes in addition to its payload, roughly: a task and a request.
const EVENT_OVERHEAD_BYTES: usize = 2 * 1024;

/// Invocations with a caller that wait, in kilobytes: 256 MB, which is 15,000 small payloads or 40 of the largest. Past it
/// an invocation is rejected, as past the quota of an AWS account. The gateway has at most 1,000 calls of a function under
/// way and reaches this limit with large payloads only.
const MAX_CALLER_KILOBYTES: usize = 256 * 1024;

/// What a waiting caller takes in addition to its payload, roughly: a connection with its buffers, a task and a request.
const CALLER_OVERHEAD_BYTES: usize = 16 * 1024;

/// Invocations that wait, by the memory that they take.
#[derive(Debug)]
pub(super) struct Backlog {
    kilobytes: Arc<Semaphore>,
    overhead_bytes: usize,
}

/// A place in a backlog, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Backlog {
    /// An empty backlog of asynchronous invocations.
    pub(super) fn of_events() -> Self {
        Self::new(MAX_EVENT_KILOBYTES, EVENT_OVERHEAD_BYTES)
    }

    /// An empty backlog of invocations with a caller.
    pub(super) fn of_callers() -> Self {
        Self::new(MAX_CALLER_KILOBYTES, CALLER_OVERHEAD_BYTES)
    }

    fn new(kilobytes: usize, overhead_bytes: usize) -> Self {
        Self { kilobytes: Arc::new(Semaphore::new(kilobytes)), overhead_bytes }
    }

    /// A place for an invocation with a payload of `bytes`, or `None` if the backlog is full.
    pub(super) fn place(&self, bytes: usize) -> Option<Place> {
        let kilobytes = u32::try_from((bytes + self.overhead_bytes).div_ceil(1024)).ok()?;
        Arc::clone(&self.kilobytes).try_acquire_many_owned(kilobytes).ok().map(Place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_backlog_has_no_place_until_an_invocation_leaves() {
        let backlog = Backlog::of_callers();
        let mut places: Vec<_> = std::iter::from_fn(|| backlog.place(10)).collect();
        assert!((15_000..=16_384).contains(&places.len()), "{}", places.len());

        places.pop();

        assert!(backlog.place(6 * 1024 * 1024).is_none());
        assert!(backlog.place(10).is_some());
    }
}
