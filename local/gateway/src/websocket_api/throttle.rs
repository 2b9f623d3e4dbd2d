//! The throttles that a stage sets for its routes. An account's own are not emulated.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use local_sam::{Route, Throttle};

/// The clock's resolution: no rate is higher.
const SHORTEST_PERIOD: Duration = Duration::from_nanos(1);

/// Who may pass, by route key.
pub(super) struct Throttles(BTreeMap<String, Gate>);

/// One route's throttle.
enum Gate {
    /// A rate or a burst of zero lets nobody through.
    Closed,
    Rate(DefaultDirectRateLimiter),
}

impl Throttles {
    pub(super) fn of(routes: &BTreeMap<String, Route>) -> Self {
        let gates = routes.iter().filter_map(|(key, route)| Some((key.clone(), Gate::of(route.throttle?))));
        Self(gates.collect())
    }

    /// Whether the route with this key may be used now; each call that may counts.
    pub(super) fn admit(&self, route_key: &str) -> bool {
        match self.0.get(route_key) {
            None => true,
            Some(Gate::Closed) => false,
            Some(Gate::Rate(limiter)) => limiter.check().is_ok(),
        }
    }
}

impl Gate {
    fn of(throttle: Throttle) -> Self {
        let period = Duration::try_from_secs_f64(throttle.rate.recip()).ok().map(|period| period.max(SHORTEST_PERIOD));
        let Some(period) = period else { return Self::Closed };
        // The limiter counts in nanoseconds, in 64 bits: a burst that takes centuries to refill is as good as a longer one.
        let longest = u64::MAX / u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1) / 2;
        let burst = throttle.burst.min(u32::try_from(longest).unwrap_or(u32::MAX));
        match (Quota::with_period(period), NonZeroU32::new(burst)) {
            (Some(quota), Some(burst)) => Self::Rate(RateLimiter::direct(quota.allow_burst(burst))),
            _ => Self::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_sam::{Integration, Mock};

    fn admitted(rate: f64, burst: u32) -> usize {
        let route = Route {
            integration: Integration::Mock(Mock::default()),
            timeout: Duration::from_secs(1),
            returns_response: false,
            throttle: Some(Throttle { rate, burst }),
            requires_api_key: false,
        };
        let throttles = Throttles::of(&BTreeMap::from([("join".to_owned(), route)]));
        assert!(throttles.admit("other"));
        (0..100).filter(|_| throttles.admit("join")).count()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        // So slow that nothing is refilled while the test runs.
        assert_eq!(admitted(0.001, 5), 5);
        assert_eq!(admitted(1.0e12, 100), 100);
        for (rate, burst) in [(0.1, u32::MAX), (1.0e-6, u32::MAX), (1.0e12, u32::MAX)] {
            assert_eq!(admitted(rate, burst), 100, "{rate} {burst}");
        }
        for (rate, burst) in [(0.0, 5), (5.0, 0), (-1.0, 5), (f64::NAN, 5)] {
            assert_eq!(admitted(rate, burst), 0, "{rate} {burst}");
        }
    }
}
