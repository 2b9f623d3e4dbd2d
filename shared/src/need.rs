//! What a connection needs, by its age and its session.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Connection;
use crate::connection::MAX_LIFETIME;

/// When the last renewals are due, before API Gateway closes a connection: two rounds of four minutes and some slack, so that
/// one may be missed.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(10 * 60);

/// Over how long the renewals of connections are spread that were opened at the same time, before the last is due. A rush into
/// a group must not come back as another one.
const RENEWALS_SPREAD: Duration = Duration::from_secs(20 * 60);

/// What a connection needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Something is to be said, or API Gateway closes it after 10 minutes (quotas: "Idle Connection Timeout").
    Company,
    /// API Gateway closes it soon because of its age.
    Renewal,
    /// Its session is over.
    End,
}

impl Need {
    /// What a connection needs now.
    pub(crate) fn of(connection: &Connection, now: SystemTime) -> Self {
        let now = since_epoch(now);
        let last_renewal = Duration::from_millis(connection.connected_at) + MAX_LIFETIME - RENEWED_BEFORE_END;
        if Duration::from_secs(connection.ends_at) <= now {
            Self::End
        } else if last_renewal <= now + RENEWALS_SPREAD.mul_f64(share(connection)) {
            Self::Renewal
        } else {
            Self::Company
        }
    }
}

pub(crate) fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// From 0 to 1, evenly among connections, and in every round the same for one of them.
fn share(connection: &Connection) -> f64 {
    let mut hasher = DefaultHasher::new();
    connection.peer.id.hash(&mut hasher);
    f64::from((hasher.finish() >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConnectionId, Endpoint, Peer};

    const HOUR: u64 = 60 * 60;
    const OPENED: u64 = 1_700_000_000;

    fn connection(id: &str, ends_at: u64) -> Connection {
        let id = ConnectionId::new(id.to_owned());
        let endpoint = Endpoint::recorded("https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev".to_owned());
        let (group, member) = ("room".to_owned(), "ada".to_owned());
        Connection { group, member, peer: Peer { id, endpoint }, connected_at: OPENED * 1_000, ends_at }
    }

    fn need_after(connection: &Connection, minutes: u64) -> Need {
        Need::of(connection, UNIX_EPOCH + Duration::from_secs(OPENED + minutes * 60))
    }

    #[test]
    fn a_connection_is_kept_then_renewed_then_over() {
        let long = connection("SOqGjdZioAMCEeg=", OPENED + 2 * HOUR);
        let short = connection("SOqGjdZioAMCEeg=", OPENED + HOUR);
        for (connection, minutes, expected) in [
            (&long, 0, Need::Company),
            (&long, 89, Need::Company),
            (&long, 110, Need::Renewal),
            (&long, 119, Need::Renewal),
            (&long, 120, Need::End),
            (&short, 59, Need::Company),
            (&short, 60, Need::End),
            (&short, 110, Need::End),
        ] {
            assert_eq!(need_after(connection, minutes), expected, "after {minutes} minutes");
        }
    }

    #[test]
    fn renewals_of_a_rush_are_spread_over_twenty_minutes() {
        let rush: Vec<_> = (0..10_000).map(|nth| connection(&format!("{nth:015}="), OPENED + 2 * HOUR)).collect();
        let due = |minutes| rush.iter().filter(|connection| need_after(connection, minutes) == Need::Renewal).count();
        for minute in 90..110 {
            let more = due(minute + 1) - due(minute);
            assert!((400..600).contains(&more), "{more} renewals in minute {minute}");
        }
        assert_eq!((due(90), due(110)), (0, rush.len()));
    }
}
