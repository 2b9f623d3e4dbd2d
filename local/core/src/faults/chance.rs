//! Whether a fault happens at the nth of its events.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// How often a fault happens, and at which of its events: every key that all faults have.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chance {
    #[serde(default)]
    rate: Rate,
    /// So many events pass before the first that may be hit.
    #[serde(default)]
    after: u64,
    /// The fault happens no more often than this.
    at_most: Option<u64>,
}

/// The names of [`Chance`]'s keys.
pub(super) const KEYS: [&str; 3] = ["rate", "after", "at_most"];

/// From 0, never, to 1, always, which counts where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
struct Rate(f64);

impl Default for Rate {
    fn default() -> Self {
        Self(1.0)
    }
}

impl TryFrom<f64> for Rate {
    type Error = String;

    fn try_from(rate: f64) -> Result<Self, String> {
        match (0.0..=1.0).contains(&rate) {
            true => Ok(Self(rate)),
            false => Err(format!("`rate` is {rate}, and not between 0 and 1")),
        }
    }
}

/// Decides for one fault, event by event.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    /// The fault's place in the file.
    number: u64,
    chance: Chance,
    tally: Mutex<Tally>,
}

/// How far a fault has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// The events that it could have hit so far.
    pub(super) event: u64,
    /// How often it has happened.
    pub(super) times: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, number: usize, chance: Chance) -> Self {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Self { seed, number, chance, tally: Mutex::default() }
    }

    /// Counts an event, and says whether it is hit.
    pub(super) fn roll(&self) -> Option<Tally> {
        // No step under this lock can panic halfway through a change.
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.event += 1;
        let Chance { rate, after, at_most } = self.chance;
        let is_open = tally.event > after && at_most.is_none_or(|most| tally.times < most);
        let is_hit = is_open && fraction(self.seed, self.number, tally.event) < rate.0;
        if is_hit {
            tally.times += 1;
        }
        is_hit.then_some(*tally)
    }
}

/// Evenly spread from 0 up to and without 1, and the same for the same numbers for ever and on every machine.
fn fraction(seed: u64, number: u64, event: u64) -> f64 {
    let numbers = [seed, number, event].map(u64::to_be_bytes);
    let digest = Sha256::digest(numbers.as_flattened());
    f64::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])) / TWO_TO_THE_32
}

/// As many values as four bytes have.
const TWO_TO_THE_32: f64 = 4_294_967_296.0;

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: [u64; 0] = [];

    fn hits(seed: u64, number: usize, chance: &str, events: usize) -> Vec<u64> {
        let chance = serde_json::from_str(chance).unwrap();
        let dice = Dice::new(seed, number, chance);
        (0..events).filter_map(|_| dice.roll()).map(|tally| tally.event).collect()
    }

    #[test]
    fn the_same_seed_hits_the_same_events_on_every_machine() {
        // Written down once: whoever changes the numbers behind a seed changes everybody's tests.
        assert_eq!(hits(7, 1, r#"{"rate": 0.25}"#, 40), [3, 11, 12, 19, 20, 22, 27, 28, 33, 38]);
    }

    #[test]
    fn another_seed_and_another_place_hit_other_events() {
        let first = hits(7, 1, r#"{"rate": 0.5}"#, 64);
        assert_ne!(first, hits(8, 1, r#"{"rate": 0.5}"#, 64));
        assert_ne!(first, hits(7, 2, r#"{"rate": 0.5}"#, 64));
    }

    #[test]
    fn a_rate_is_met() {
        for (rate, least, most) in [(0.01, 70, 130), (0.5, 4_850, 5_150), (0.99, 9_870, 9_930)] {
            let times = hits(1, 1, &format!(r#"{{"rate": {rate}}}"#), 10_000).len();
            assert!((least..=most).contains(&times), "{rate}: {times}");
        }
        assert_eq!(hits(1, 1, r#"{"rate": 0}"#, 10_000), NEVER);
        assert_eq!(hits(1, 1, "{}", 10_000).len(), 10_000);
    }

    #[test]
    fn a_window_is_counted_in_events() {
        assert_eq!(hits(1, 1, r#"{"after": 10, "at_most": 3}"#, 40), [11, 12, 13]);
        assert_eq!(hits(1, 1, r#"{"at_most": 0}"#, 40), NEVER);
        assert_eq!(hits(1, 1, r#"{"after": 39}"#, 40), [40]);
        let all = hits(7, 1, r#"{"rate": 0.5}"#, 64);
        let windowed = hits(7, 1, r#"{"rate": 0.5, "after": 10, "at_most": 4}"#, 64);
        assert_eq!(windowed, all.into_iter().filter(|event| *event > 10).take(4).collect::<Vec<_>>());
    }

    #[test]
    fn events_at_the_same_time_are_hit_as_often() {
        let expected = hits(7, 1, r#"{"rate": 0.3}"#, 4_000).len();
        let dice = Dice::new(7, 1, serde_json::from_str(r#"{"rate": 0.3}"#).unwrap());
        let count = || (0..1_000).filter(|_| dice.roll().is_some()).count();
        let together: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(together, expected);
    }

    #[test]
    fn fractions_stay_between_nothing_and_one() {
        for event in 0..10_000 {
            let fraction = fraction(3, 1, event);
            assert!((0.0..1.0).contains(&fraction), "{fraction}");
        }
    }
}
