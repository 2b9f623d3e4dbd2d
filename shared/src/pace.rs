//! Turns at a steady pace.

use std::time::Duration;

use tokio::time::Instant;

/// Gives turns, each some time after the one before. Turns that nobody took are lost: a pause is not followed by a burst.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// As many turns in a second at most.
    pub(crate) fn per_second(turns: u32) -> Self {
        Self { interval: Duration::from_secs(1) / turns, next: None }
    }

    /// When whoever comes `now` has a turn.
    pub(crate) fn turn(&mut self, now: Instant) -> Instant {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + self.interval);
        turn
    }

    /// The same for somebody who takes no turn after `latest`, and leaves it to others.
    pub(crate) fn turn_before(&mut self, now: Instant, latest: Instant) -> Option<Instant> {
        let is_soon = self.next.is_none_or(|next| next <= latest);
        is_soon.then(|| self.turn(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_their_distance_and_a_pause_is_not_made_up_for() {
        let mut pace = Pace::per_second(100);
        let now = Instant::now();
        let milliseconds = |turn: Instant| turn.duration_since(now).as_millis();
        let turns: Vec<_> = (0..4).map(|_| milliseconds(pace.turn(now))).collect();
        assert_eq!(turns, [0, 10, 20, 30]);
        let later = now + Duration::from_millis(100);
        let turns: Vec<_> = (0..2).map(|_| milliseconds(pace.turn(later))).collect();
        assert_eq!(turns, [100, 110]);
    }
}
