//! When a sweep visits a connection.

use std::num::NonZeroU32;

use tokio::time::Instant;

use crate::due::Due;
use crate::rate_limiter::RateLimiter;
use crate::{Deadline, Error, variable};

const PACE_VARIABLE: &str = "SWEEP_CALLS_PER_SECOND";

/// A fifth of the connections that an account and region may open in a second (quotas: 500): new clients need the rest.
const RENEWALS_PER_SECOND: u32 = 100;

/// The visits of a sweep in a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SweepPace(pub(crate) NonZeroU32);

impl Default for SweepPace {
    /// A tenth of the calls that an account may make to API Gateway in a second in most Regions (quotas: 10,000): broadcasts
    /// need the rest.
    fn default() -> Self {
        // Evaluated at compile time: the number is not zero.
        const { Self(NonZeroU32::new(1_000).unwrap()) }
    }
}

impl SweepPace {
    /// What `SWEEP_CALLS_PER_SECOND` says, if it is set.
    pub(crate) fn from_environment() -> Result<Self, Error> {
        let Ok(calls) = variable(PACE_VARIABLE) else { return Ok(Self::default()) };
        calls.parse().map(Self).map_err(|_invalid| Error::InvalidVariable(PACE_VARIABLE))
    }
}

/// When visits take place. Renewals have a rate of their own, because each of them makes a client connect again.
#[derive(Debug)]
pub(crate) struct Schedule {
    visits: RateLimiter,
    renewals: RateLimiter,
    pub(crate) end: Deadline,
}

impl Schedule {
    pub(crate) fn new(pace: SweepPace, end: Deadline) -> Self {
        let visits = RateLimiter::per_second(pace.0.get());
        let renewals = RateLimiter::per_second(RENEWALS_PER_SECOND);
        Self { visits, renewals, end }
    }

    /// What the next visit does, and when. If this sweep has no turn left for what is due, the visit keeps the connection
    /// alive, and the next sweep tries again.
    pub(crate) fn next(&mut self, due: Due, now: Instant) -> (Due, Instant) {
        let turn = if due == Due::KeepAlive { None } else { self.renewals.turn_before(now, self.end.instant()) };
        turn.map_or_else(|| (Due::KeepAlive, self.visits.turn(now)), |turn| (due, turn))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn renewals_have_their_own_rate_and_delay_no_other_visit() {
        let now = Instant::now();
        let mut schedule = Schedule::new(SweepPace::default(), Deadline::after(Duration::from_secs(2)));
        let visits: Vec<_> = (0..1_000)
            .map(|nth| {
                let (due, turn) = schedule.next(if nth % 2 == 0 { Due::Renew } else { Due::Close }, now);
                (due, turn.duration_since(now).as_millis())
            })
            .collect();
        let renewed: Vec<_> = visits.iter().filter(|(due, _)| *due != Due::KeepAlive).map(|(_, at)| *at).collect();
        assert_eq!(renewed, (0..=200).map(|nth| nth * 10).collect::<Vec<_>>(), "as many as there is time for");
        let last = visits.iter().filter(|(due, _)| *due == Due::KeepAlive).map(|(_, at)| *at).max();
        assert_eq!(last, Some(798), "the others have their own rate");
    }
}
