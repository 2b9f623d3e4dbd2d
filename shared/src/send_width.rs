//! How many sends a function has in progress at the same time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The width of a function that has sent nothing yet. Over HTTP/1.1 each send in progress needs a connection, and its TLS
/// handshake costs several times what a send costs.
const MIN_WIDTH: usize = 8;

/// The width of a busy function. A send takes a few milliseconds within a region, so this many keep one processor busy at some
/// thousand sends a second.
pub(crate) const MAX_WIDTH: usize = 64;

/// The sends after which one more may be in progress: a further connection is worth its handshake if the others have carried as
/// many as this. So a room of 64 opens 8 connections, and one of 512 opens 64.
const SENDS_PER_CONNECTION: usize = 8;

/// How long connections without a send stay open, as far as this side knows. A proxy or API Gateway may close them earlier.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Grows with the sends that are answered, for as long as their connections stay open.
#[derive(Debug, Default)]
pub(crate) struct SendWidth(Mutex<Answered>);

#[derive(Debug, Default)]
struct Answered {
    sends: usize,
    last: Option<Instant>,
}

impl SendWidth {
    /// Notes a send that was answered.
    pub(crate) fn grow(&self) {
        let mut answered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if answered.last.is_some_and(|last| now.duration_since(last) > IDLE_TIMEOUT) {
            answered.sends = 0;
        }
        answered.sends = answered.sends.saturating_add(1);
        answered.last = Some(now);
    }

    /// The sends that may be in progress.
    pub(crate) fn get(&self) -> usize {
        let answered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = answered.last.is_some_and(|last| last.elapsed() <= IDLE_TIMEOUT);
        let sends = if is_open { answered.sends } else { 0 };
        (sends / SENDS_PER_CONNECTION).clamp(MIN_WIDTH, MAX_WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_width_grows_with_what_is_answered_and_starts_over_after_a_pause() {
        let width = SendWidth::default();
        let after = |sends: usize| {
            (0..sends).for_each(|_| width.grow());
            width.get()
        };
        assert_eq!([after(0), after(64), after(8), after(440)], [8, 8, 9, 64]);
        assert_eq!(after(1_000), 64);
        tokio::time::advance(IDLE_TIMEOUT + Duration::from_secs(1)).await;
        assert_eq!([after(0), after(72)], [8, 9]);
    }
}
