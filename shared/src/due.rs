//! What a sweep does for a connection, by its age and its session.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Connection;
use crate::connection::MAX_LIFETIME;

/// When the last renewals are due, before API Gateway closes a connection: two sweeps of four minutes and some slack, so that
/// one may be missed.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(10 * 60);

/// The time over which renewals of connections are spread that were opened at the same time, before the last is due. A rush
/// into a group must not come back as another one.
const RENEWALS_SPREAD: Duration = Duration::from_secs(20 * 60);

/// What a sweep does for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send a frame, or API Gateway closes it after 10 minutes (quotas, "Idle Connection Timeout").
    KeepAlive,
    /// Ask the client to open a new connection: API Gateway closes this one soon because of its age.
    Renew,
    /// Close it: its session is over.
    Close,
}

impl Due {
    /// What is due now.
    pub(crate) fn of(connection: &Connection, now: SystemTime) -> Self {
        let now = since_epoch(now);
        let last_renewal = Duration::from_millis(connection.connected_at) + MAX_LIFETIME - RENEWED_BEFORE_END;
        if Duration::from_secs(connection.ends_at) <= now {
            Self::Close
        } else if last_renewal <= now + RENEWALS_SPREAD.mul_f64(share(connection)) {
            Self::Renew
        } else {
            Self::KeepAlive
        }
    }
}

pub(crate) fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A share from 0 to 1, evenly distributed among connections, and the same for one connection in every sweep.
fn share(connection: &Connection) -> f64 {
    let mut hasher = DefaultHasher::new();
    connection.peer.id.hash(&mut hasher);
    f64::from((hasher.finish() >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Peer;

    const HOUR: u64 = 60 * 60;
    const OPENED: u64 = 1_700_000_000;

    fn connection(id: &str, ends_at: u64) -> Connection {
        let endpoint = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".parse().unwrap();
        let peer = Peer::new(id.parse().unwrap(), endpoint);
        Connection::from_parts(peer, OPENED * 1_000, "room", "ada").until(ends_at)
    }

    fn due_after(connection: &Connection, minutes: u64) -> Due {
        Due::of(connection, UNIX_EPOCH + Duration::from_secs(OPENED + minutes * 60))
    }

    #[test]
    fn a_connection_is_kept_alive_then_renewed_then_closed() {
        let long = connection("SOqGjdZioAMCEeg=", OPENED + 2 * HOUR);
        let short = connection("SOqGjdZioAMCEeg=", OPENED + HOUR);
        for (connection, minutes, expected) in [
            (&long, 0, Due::KeepAlive),
            (&long, 89, Due::KeepAlive),
            (&long, 110, Due::Renew),
            (&long, 119, Due::Renew),
            (&long, 120, Due::Close),
            (&short, 59, Due::KeepAlive),
            (&short, 60, Due::Close),
            (&short, 110, Due::Close),
        ] {
            assert_eq!(due_after(connection, minutes), expected, "after {minutes} minutes");
        }
    }

    #[test]
    fn renewals_of_a_rush_are_spread_over_twenty_minutes() {
        let rush: Vec<_> = (0..10_000).map(|nth| connection(&format!("{nth:015}="), OPENED + 2 * HOUR)).collect();
        let due = |minutes| rush.iter().filter(|connection| due_after(connection, minutes) == Due::Renew).count();
        for minute in 90..110 {
            let more = due(minute + 1) - due(minute);
            assert!((400..600).contains(&more), "{more} renewals in minute {minute}");
        }
        assert_eq!((due(90), due(110)), (0, rush.len()));
    }
}
