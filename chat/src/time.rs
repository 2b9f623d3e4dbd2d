//! Points in time as the wire shows them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::{Serialize, Serializer};

/// A point in time with milliseconds, shown as RFC 3339 in UTC with the fraction's trailing zeros trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

impl Time {
    /// The present.
    pub fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    /// A time of an event.
    pub const fn from_milliseconds(since_epoch: u64) -> Self {
        Self(since_epoch)
    }

    /// A time of a table or a token: whole seconds.
    pub const fn from_seconds(since_epoch: u64) -> Self {
        Self(since_epoch.saturating_mul(1_000))
    }

    /// The next millisecond.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The same time of the second before.
    pub(crate) const fn second_before(self) -> Self {
        Self(self.0.saturating_sub(1_000))
    }

    /// The same time of the second after.
    pub(crate) const fn second_after(self) -> Self {
        Self(self.0.saturating_add(1_000))
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// This time without its fraction, and `duration` later.
    pub fn whole_seconds_after(self, duration: Duration) -> Self {
        Self::from_seconds(self.seconds().saturating_add(duration.as_secs()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let milliseconds = i64::try_from(self.0).map_err(serde::ser::Error::custom)?;
        let shown =
            DateTime::from_millis(milliseconds).fmt(DateTimeFormat::DateTime).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_the_wire_wants_them() {
        let shown = |time: Time| serde_json::to_value(time).unwrap();
        assert_eq!(shown(Time::from_milliseconds(1_669_969_280_754)), "2022-12-02T08:21:20.754Z");
        assert_eq!(shown(Time::from_milliseconds(1_669_969_280_700)), "2022-12-02T08:21:20.7Z");
        assert_eq!(shown(Time::from_seconds(1_669_969_280)), "2022-12-02T08:21:20Z");
        assert!(serde_json::to_value(Time::from_milliseconds(u64::MAX)).is_err());
    }
}
