//! A round through all connections: what keeps the quiet ones open, has the old ones renewed, closes those whose session is
//! over, and forgets the dead.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, sleep_until};

use crate::connections::PartStart;
use crate::lanes::FAST_LANE;
use crate::logging::Chain;
use crate::metrics::Metrics;
use crate::need::{Need, since_epoch};
use crate::pace::Pace;
use crate::{Connection, ConnectionId, Deadline, Delivery, Error, Gone, Sockets};

/// A tenth of the calls that an account and region may make to API Gateway in a second (quotas: 10,000): what members say
/// needs the rest.
const VISITS_PER_SECOND: u32 = 1_000;

/// A fifth of the connections that an account and region may open in a second (quotas: 500): others want in, too.
const RENEWALS_PER_SECOND: u32 = 100;

/// Visits under way, 50 KB each. A frozen client holds one for two seconds, so that one in five may be frozen.
const AT_ONCE: usize = 512;

/// Gone connections that are forgotten together: as many as at the same time.
const FORGOTTEN_AT_ONCE: usize = FAST_LANE;

/// Parts of the table that a round walks through one after the other.
const SEGMENTS: i32 = 16;

/// How long rounds begin with the same part before they begin with the next: those for whom the time is up are not always the
/// same.
const TURN_OF_A_SEGMENT: Duration = Duration::from_secs(4 * 60);

/// What connections hear from a round.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep<'a> {
    /// For everybody, so that API Gateway does not close their connection: any frame that clients ignore.
    pub alive: &'a str,
    /// For those whose connection or session ends: the frame at which clients open a new connection.
    pub expired: &'a str,
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
    first_failure: Option<Error>,
}

impl Sockets {
    /// Visits every connection of the table once. The figures of the round are for CloudWatch; those of a round that failed are
    /// not, so that an alarm may wait for them.
    ///
    /// # Errors
    /// The table could not be read to its end, there was no time for the rest, or most visits failed.
    pub async fn keep_up(&self, upkeep: Upkeep<'_>, deadline: Deadline) -> Result<(), Error> {
        let mut turns = Turns::new(deadline);
        let mut rows = pin!(self.everybody(deadline));
        // Renewals wait for their turns beside the visits: nobody else may go without company because many are old.
        let (mut visits, mut renewals) = (FuturesUnordered::new(), FuturesUnordered::new());
        let (mut round, mut gone, mut walked, mut all_read) = (Round::default(), Gone::default(), Ok(()), false);
        loop {
            let has_room = visits.len() < AT_ONCE && !all_read;
            let (connection, visited) = tokio::select! {
                Some(visited) = visits.next(), if !visits.is_empty() => visited,
                Some(visited) = renewals.next(), if !renewals.is_empty() => visited,
                row = rows.next(), if has_room => {
                    match row {
                        Some(Ok(connection)) => {
                            let (need, turn) = turns.next(Need::of(&connection, SystemTime::now()), Instant::now());
                            let under_way = if need == Need::Company { &visits } else { &renewals };
                            under_way.push(self.visit_at(turn, connection, need, upkeep));
                        }
                        Some(Err(error)) => walked = walked.and(Err(error)),
                        None => all_read = true,
                    }
                    continue;
                }
                else => break,
            };
            match visited {
                Ok(visit) => {
                    round.note(visit);
                    if matches!(visit, Visit::Closed | Visit::Gone) {
                        gone.add(connection);
                    }
                    if gone.len() == FORGOTTEN_AT_ONCE {
                        self.forget_gone(std::mem::take(&mut gone)).await;
                    }
                }
                Err(error) => round.note_failure(&connection.peer.id, error),
            }
        }
        self.forget_gone(gone).await;
        walked?;
        round.figures()?.emit();
        Ok(())
    }

    /// Everybody in the table. An error takes the place of those who could not be read any more.
    fn everybody(&self, deadline: Deadline) -> impl Stream<Item = Result<Connection, Error>> {
        let mut segments: Vec<i32> = (0..SEGMENTS).collect();
        let turns = since_epoch(SystemTime::now()).as_secs() / TURN_OF_A_SEGMENT.as_secs();
        let first = turns as usize % segments.len();
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

    async fn visit_at(
        &self,
        turn: Instant,
        connection: Connection,
        need: Need,
        upkeep: Upkeep<'_>,
    ) -> (Connection, Result<Visit, Error>) {
        sleep_until(turn).await;
        let visit = self.visit(&connection, need, upkeep).await;
        (connection, visit)
    }

    /// Says what a connection needs to hear.
    async fn visit(&self, connection: &Connection, need: Need, upkeep: Upkeep<'_>) -> Result<Visit, Error> {
        let (frame, visit) = match need {
            Need::Company => (upkeep.alive, Visit::Kept),
            Need::Renewal => (upkeep.expired, Visit::Renewed),
            Need::End => (upkeep.expired, Visit::Closed),
        };
        let mut delivery = self.send(&connection.peer, frame).await;
        if need == Need::End && !matches!(delivery, Ok(Delivery::Gone)) {
            // Whether or not it heard why.
            delivery = self.disconnect(&connection.peer).await.and_then(|closed| delivery.map(|_told| closed));
        }
        match delivery? {
            Delivery::Sent => Ok(visit),
            Delivery::Gone => Ok(Visit::Gone),
            Delivery::TooLarge => Err(Error::TooLarge),
        }
    }
}

/// When visits take place. Whoever is asked to connect again has a pace of its own, because everybody comes who is asked.
#[derive(Debug)]
struct Turns {
    visits: Pace,
    renewals: Pace,
    end: Instant,
}

impl Turns {
    fn new(deadline: Deadline) -> Self {
        let (visits, renewals) = (Pace::per_second(VISITS_PER_SECOND), Pace::per_second(RENEWALS_PER_SECOND));
        Self { visits, renewals, end: deadline.instant() }
    }

    /// What the next visit is for, and when it takes place. If this round has no turn left for what is needed, it is company:
    /// the next round asks again.
    fn next(&mut self, need: Need, now: Instant) -> (Need, Instant) {
        let turn = if need == Need::Company { None } else { self.renewals.turn_before(now, self.end) };
        turn.map_or_else(|| (Need::Company, self.visits.turn(now)), |turn| (need, turn))
    }
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

    fn note_failure(&mut self, connection: &ConnectionId, error: Error) {
        self.failed += 1;
        // Causes are mostly the same: one is enough for somebody who looks for it.
        self.first_failure.get_or_insert_with(|| {
            tracing::warn!(%connection, cause = %Chain(&error), "a connection was not visited");
            error
        });
    }

    /// Its figures, unless so many visits failed that nobody can call it a round.
    fn figures(self) -> Result<Metrics, Error> {
        let reached = self.kept + self.renewed + self.closed + self.gone;
        match self.first_failure {
            Some(error) if self.failed > reached => Err(error),
            _ => Ok(Metrics::new()
                .count("Kept", self.kept)
                .count("Renewed", self.renewed)
                .count("Closed", self.closed)
                .count("Gone", self.gone)
                .count("Failed", self.failed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_have_a_pace_and_hold_up_nobody() {
        let now = Instant::now();
        let mut turns = Turns::new(Deadline::at(now + Duration::from_secs(2)));
        let visits: Vec<_> = (0..1_000)
            .map(|nth| {
                let (need, turn) = turns.next(if nth % 2 == 0 { Need::Renewal } else { Need::End }, now);
                (need, turn.duration_since(now).as_millis())
            })
            .collect();
        let asked: Vec<_> = visits.iter().filter(|(need, _)| *need != Need::Company).map(|(_, at)| *at).collect();
        assert_eq!(asked, (0..=200).map(|nth| nth * 10).collect::<Vec<_>>(), "as many as there is time for");
        let last = visits.iter().filter(|(need, _)| *need == Need::Company).map(|(_, at)| *at).max();
        assert_eq!(last, Some(798), "the others have their own pace");
    }

    #[test]
    fn a_round_in_which_most_visits_failed_is_none() {
        let failing = |kept, failed| {
            let mut round = Round { kept, ..Round::default() };
            for _ in 0..failed {
                round.note_failure(&ConnectionId::new("SOqGjdZioAMCEeg=".to_owned()), Error::TooLarge);
            }
            round.figures().map(drop)
        };
        assert!(failing(0, 0).is_ok() && failing(3, 3).is_ok());
        assert!(matches!(failing(3, 4), Err(Error::TooLarge)));
    }
}
