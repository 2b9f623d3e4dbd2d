//! Turns at a steady rate.

use std::time::Duration;

use tokio::time::Instant;

/// Gives turns, each some time after the last one. Turns that were not taken are lost: a burst does not follow a pause.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    interval: Duration,
    next: Option<Instant>,
}

impl RateLimiter {
    /// At most this many turns a second.
    pub(crate) fn per_second(turns: u32) -> Self {
        Self { interval: Duration::from_secs(1) / turns, next: None }
    }

    /// The time of the next turn, for a request at `now`.
    pub(crate) fn turn(&mut self, now: Instant) -> Instant {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + self.interval);
        turn
    }

    /// The same, unless the turn would be later than `latest`: then it is left for another request.
    pub(crate) fn turn_before(&mut self, now: Instant, latest: Instant) -> Option<Instant> {
        let is_soon = self.next.is_none_or(|next| next <= latest);
        is_soon.then(|| self.turn(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_their_distance_and_a_burst_does_not_follow_a_pause() {
        let mut limiter = RateLimiter::per_second(100);
        let now = Instant::now();
        let milliseconds = |turn: Instant| turn.duration_since(now).as_millis();
        let turns: Vec<_> = (0..4).map(|_| milliseconds(limiter.turn(now))).collect();
        assert_eq!(turns, [0, 10, 20, 30]);
        let later = now + Duration::from_millis(100);
        let turns: Vec<_> = (0..2).map(|_| milliseconds(limiter.turn(later))).collect();
        assert_eq!(turns, [100, 110]);
    }
}
