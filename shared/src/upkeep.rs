//! A round through all connections: what keeps the quiet ones open, has the old ones renewed, closes those whose session is
//! over, and forgets the dead.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, sleep_until};

use crate::connection::MAX_LIFETIME;
use crate::connections::PartStart;
use crate::fan_out::Gone;
use crate::logging::Chain;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::{Connection, Deadline, Delivery, Error, Sockets};

/// When the last renewals are due, before API Gateway closes a connection: two rounds of four minutes and some slack, so that
/// one may be missed.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(10 * 60);

/// Over how long the renewals of connections are spread that were opened at the same time, before the last is due. A rush into
/// a room must not come back as another one.
const RENEWALS_SPREAD: Duration = Duration::from_secs(20 * 60);

/// A tenth of the calls that an account and region may make to API Gateway in a second (quotas: 10,000): chat needs the rest.
const VISITS_PER_SECOND: u32 = 1_000;

/// A fifth of the connections that an account and region may open in a second (quotas: 500): others want in, too.
const RENEWALS_PER_SECOND: u32 = 100;

/// Visits under way, those that wait for their turn among them.
const AT_ONCE: usize = 128;

/// Gone connections that are forgotten together.
const FORGOTTEN_AT_ONCE: usize = 500;

/// Parts of the table that a round walks through one after the other. Each round begins with another one: whoever is not
/// visited when the time is up is among the first some other time.
const SEGMENTS: i32 = 16;

/// What connections hear from a round.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep<'a> {
    /// For everybody, so that API Gateway does not close their connection: any frame that clients ignore.
    pub alive: &'a str,
    /// For those whose connection or session ends: the frame at which clients open a new connection.
    pub expired: &'a str,
}

/// What a connection needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Something is to be said, or API Gateway closes it after 10 minutes (quotas: "Idle Connection Timeout").
    Company,
    /// API Gateway closes it soon because of its age.
    Renewal,
    /// Its session is over.
    End,
}

/// What became of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    Kept,
    Renewed,
    Closed,
    Gone,
}

/// What a round came to.
#[derive(Debug, Default)]
struct Round {
    kept: usize,
    renewed: usize,
    closed: usize,
    gone: usize,
    failed: usize,
}

impl Sockets {
    /// Visits every connection of the table once. The figures of the round are for CloudWatch; those of a round that stopped
    /// before its end are not, so that an alarm may wait for them.
    ///
    /// # Errors
    /// The table could not be read to its end, or there was no time for the rest.
    pub async fn keep_up(&self, upkeep: Upkeep<'_>, deadline: Deadline) -> Result<(), Error> {
        let (mut visits, mut renewals) = (Pace::per_second(VISITS_PER_SECOND), Pace::per_second(RENEWALS_PER_SECOND));
        let visited = self.everybody(deadline).map_ok(|connection| {
            let need = need(&connection, SystemTime::now());
            let pace = if need == Need::Renewal { &mut renewals } else { &mut visits };
            let turn = pace.turn(Instant::now());
            async move {
                sleep_until(turn).await;
                let visit = self.visit(&connection, need, upkeep).await;
                Ok((connection, visit))
            }
        });
        let mut visited = pin!(visited.try_buffer_unordered(AT_ONCE));
        let (mut round, mut gone, mut walked) = (Round::default(), Gone::default(), Ok(()));
        while let Some(visited) = visited.next().await {
            match visited {
                Ok((connection, Ok(visit))) => {
                    round.note(visit);
                    if matches!(visit, Visit::Closed | Visit::Gone) {
                        gone.add(connection);
                    }
                    if gone.len() == FORGOTTEN_AT_ONCE {
                        self.forget_gone(std::mem::take(&mut gone)).await;
                    }
                }
                Ok((connection, Err(error))) => round.note_failure(&connection, &error),
                Err(error) => walked = Err(error),
            }
        }
        self.forget_gone(gone).await;
        match &walked {
            Ok(()) => round.emit(),
            Err(_) => tracing::warn!(?round, "not everybody was visited"),
        }
        walked
    }

    /// Everybody in the table. An error takes the place of those who could not be read any more.
    fn everybody(&self, deadline: Deadline) -> impl Stream<Item = Result<Connection, Error>> {
        let mut segments: Vec<i32> = (0..SEGMENTS).collect();
        let first = RandomState::new().hash_one(()) as usize % segments.len();
        segments.rotate_left(first);
        let parts = segments.into_iter().map(move |segment| {
            stream::try_unfold(Some(PartStart::of_segment(segment, SEGMENTS)), move |start| async move {
                let Some(start) = start else { return Ok(None) };
                if deadline.is_over() {
                    return Err(Error::OutOfTime);
                }
                let part = self.part(start).await?;
                Ok(Some((stream::iter(part.connections).map(Ok), part.next)))
            })
        });
        stream::iter(parts).flatten().try_flatten()
    }

    /// Says what a connection needs to hear.
    async fn visit(&self, connection: &Connection, need: Need, upkeep: Upkeep<'_>) -> Result<Visit, Error> {
        let (frame, visit) = match need {
            Need::Company => (upkeep.alive, Visit::Kept),
            Need::Renewal => (upkeep.expired, Visit::Renewed),
            Need::End => (upkeep.expired, Visit::Closed),
        };
        let mut delivery = self.send(&connection.peer, frame).await?;
        if need == Need::End && delivery == Delivery::Sent {
            delivery = self.disconnect(&connection.peer).await?;
        }
        match delivery {
            Delivery::Sent => Ok(visit),
            Delivery::Gone => Ok(Visit::Gone),
            Delivery::TooLarge => Err(Error::TooLarge),
        }
    }
}

/// What a connection needs now.
fn need(connection: &Connection, now: SystemTime) -> Need {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let last_renewal = Duration::from_millis(connection.connected_at) + MAX_LIFETIME - RENEWED_BEFORE_END;
    if Duration::from_secs(connection.ends_at) <= now {
        Need::End
    } else if last_renewal <= now + RENEWALS_SPREAD.mul_f64(share(connection)) {
        Need::Renewal
    } else {
        Need::Company
    }
}

/// From 0 to 1, evenly among connections, and in every round the same for one of them.
fn share(connection: &Connection) -> f64 {
    let mut hasher = DefaultHasher::new();
    connection.peer.id.hash(&mut hasher);
    f64::from((hasher.finish() >> 32) as u32) / f64::from(u32::MAX)
}

impl Round {
    fn note(&mut self, visit: Visit) {
        let count = match visit {
            Visit::Kept => &mut self.kept,
            Visit::Renewed => &mut self.renewed,
            Visit::Closed => &mut self.closed,
            Visit::Gone => &mut self.gone,
        };
        *count += 1;
    }

    fn note_failure(&mut self, connection: &Connection, error: &Error) {
        // Causes are mostly the same: one is enough for somebody who looks for it.
        if self.failed == 0 {
            tracing::warn!(connection = %connection.peer.id, cause = %Chain(error), "a connection was not visited");
        }
        self.failed += 1;
    }

    fn emit(&self) {
        Metrics::new()
            .count("Kept", self.kept)
            .count("Renewed", self.renewed)
            .count("Closed", self.closed)
            .count("Gone", self.gone)
            .count("Failed", self.failed)
            .emit();
    }
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
        need(connection, UNIX_EPOCH + Duration::from_secs(OPENED + minutes * 60))
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
