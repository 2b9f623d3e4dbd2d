//! The sweep: a scheduled pass over all connections. It keeps quiet ones open, has old ones renewed, closes those whose
//! session is over, and prunes stale ones.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, sleep_until};

use crate::connections::ScanStart;
use crate::due::{Due, since_epoch};
use crate::logging::Chain;
use crate::stale::DELETES_AT_ONCE;
use crate::sweep_schedule::Schedule;
use crate::{Connection, Deadline, Error, SendOutcome, Sockets, SweepFrames, SweepReport};

/// Visits in progress, 50 KB each. An unresponsive client holds one for two seconds, so one in five may be unresponsive.
const VISITS_AT_ONCE: usize = 512;

/// Stale connections that are pruned together. The visits in progress wait for it.
const PRUNED_TOGETHER: usize = 64;

/// Segments of the table that a sweep reads one after the other.
const SEGMENTS: i32 = 16;

/// How long sweeps begin with the same segment before they begin with the next: when the time is up, it must not always be
/// the same connections that are left out.
const SEGMENT_TURN: Duration = Duration::from_secs(4 * 60);

impl Sockets {
    /// Visits every connection of the table once, however many groups it belongs to. Run it every 4 minutes: API Gateway
    /// closes a connection after 10 minutes without a frame, so one sweep may be missed. A sweep visits up to 1,000 connections
    /// a second, or as many as [`Self::with_sweep_pace`] says.
    ///
    /// A connection of the directory that answers 410 before its `$disconnect` is handled is removed by the sweep, so that
    /// `$disconnect` finds no group any more.
    ///
    /// The function's role needs `dynamodb:Scan` and `dynamodb:DeleteItem` on the table, and `execute-api:ManageConnections`.
    ///
    /// # Errors
    /// The table could not be read to its end, the time was up, or most visits failed.
    pub async fn sweep(&self, frames: SweepFrames<'_>, deadline: Deadline) -> Result<SweepReport, Error> {
        let mut sweep = Sweep::new(self, frames, deadline);
        let scanned = sweep.visit_all().await;
        sweep.prune().await;
        scanned?;
        sweep.report()
    }
}

/// A sweep in progress. The methods are in the order of what happens to a connection.
struct Sweep<'a> {
    sockets: &'a Sockets,
    frames: SweepFrames<'a>,
    schedule: Schedule,
    /// Hashes of the connections that were met already.
    met: HashSet<u64>,
    hasher: RandomState,
    /// Connections to prune: closed before this sweep, or by it.
    to_prune: Vec<Connection>,
    counts: SweepReport,
    first_failure: Option<Error>,
}

/// What became of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    Kept,
    Renewed,
    Closed,
    Stale,
}

impl<'a> Sweep<'a> {
    fn new(sockets: &'a Sockets, frames: SweepFrames<'a>, deadline: Deadline) -> Self {
        Self {
            sockets,
            frames,
            schedule: Schedule::new(sockets.sweep_pace, deadline),
            met: HashSet::new(),
            hasher: RandomState::new(),
            to_prune: Vec::new(),
            counts: SweepReport::default(),
            first_failure: None,
        }
    }

    /// Visits every connection that can be read.
    async fn visit_all(&mut self) -> Result<(), Error> {
        let (sockets, frames) = (self.sockets, self.frames);
        let mut connections = pin!(sockets.all_connections(self.schedule.end));
        // Renewals wait for their turns next to the other visits: many old connections must not keep the others waiting.
        let (mut visits, mut renewals) = (FuturesUnordered::new(), FuturesUnordered::new());
        let (mut scanned, mut all_read) = (Ok(()), false);
        loop {
            let has_room = visits.len() < VISITS_AT_ONCE && !all_read;
            let (connection, visited) = tokio::select! {
                Some(visited) = visits.next(), if !visits.is_empty() => visited,
                Some(visited) = renewals.next(), if !renewals.is_empty() => visited,
                next = connections.next(), if has_room => {
                    match next {
                        Some(Ok(connection)) if self.is_first_meeting(&connection) => {
                            let due = Due::of(&connection, SystemTime::now());
                            let (due, turn) = self.schedule.next(due, Instant::now());
                            let in_progress = if due == Due::KeepAlive { &visits } else { &renewals };
                            in_progress.push(visit_at(turn, sockets, connection, due, frames));
                        }
                        Some(Ok(_met_before)) => {}
                        Some(Err(error)) => scanned = scanned.and(Err(error)),
                        None => all_read = true,
                    }
                    continue;
                }
                else => return scanned,
            };
            self.note(connection, visited);
            if self.to_prune.len() >= PRUNED_TOGETHER {
                self.prune().await;
            }
        }
    }

    /// A connection has several rows if the application registered it in several groups without the directory.
    fn is_first_meeting(&mut self, connection: &Connection) -> bool {
        self.met.insert(self.hasher.hash_one(&connection.peer.id))
    }

    fn note(&mut self, connection: Connection, visited: Result<Visit, Error>) {
        match visited {
            Ok(Visit::Kept) => self.counts.kept += 1,
            Ok(Visit::Renewed) => self.counts.renewed += 1,
            Ok(Visit::Closed) => {
                self.counts.closed += 1;
                // The directory's entry is for `$disconnect`, which follows.
                if !connection.in_directory {
                    self.to_prune.push(connection);
                }
            }
            Ok(Visit::Stale) => {
                self.counts.stale += 1;
                if connection.is_settled() {
                    self.to_prune.push(connection);
                }
            }
            Err(error) => {
                self.counts.failed += 1;
                // The causes are mostly the same, so one is enough.
                self.first_failure.get_or_insert_with(|| {
                    tracing::warn!(connection = %connection.peer.id, cause = %Chain(&error), "a visit failed");
                    error
                });
            }
        }
    }

    async fn prune(&mut self) {
        let sockets = self.sockets;
        let pruned = stream::iter(self.to_prune.drain(..)).map(|connection| async move {
            let pruned = match connection.in_directory {
                true => sockets.directory().unregister(&connection.peer.id).await.map(drop),
                false => sockets.unregister_settled(&connection).await,
            };
            if let Err(error) = pruned {
                tracing::warn!(cause = %Chain(&error), "a stale connection was not pruned");
            }
        });
        pruned.buffer_unordered(DELETES_AT_ONCE).for_each(std::future::ready).await;
    }

    /// The counts, unless most visits failed.
    fn report(self) -> Result<SweepReport, Error> {
        let SweepReport { kept, renewed, closed, stale, failed } = self.counts;
        match self.first_failure {
            Some(error) if failed > kept + renewed + closed + stale => Err(error),
            _ => Ok(self.counts),
        }
    }
}

impl Sockets {
    /// Every connection of the table. An error takes the place of those that could not be read any more.
    fn all_connections(&self, end: Deadline) -> impl Stream<Item = Result<Connection, Error>> {
        let mut segments: Vec<i32> = (0..SEGMENTS).collect();
        let turns = since_epoch(SystemTime::now()).as_secs() / SEGMENT_TURN.as_secs();
        let first = turns as usize % segments.len();
        segments.rotate_left(first);
        let parts = segments.into_iter().map(move |segment| {
            stream::try_unfold(Some(ScanStart::of_segment(segment, SEGMENTS)), move |start| async move {
                let Some(start) = start else { return Ok(None) };
                if end.is_over() {
                    return Err(Error::OutOfTime);
                }
                let scanned = self.scan(start).await?;
                Ok(Some((stream::iter(scanned.connections).map(Ok), scanned.next)))
            })
        });
        stream::iter(parts).flatten().try_flatten()
    }
}

async fn visit_at(
    turn: Instant,
    sockets: &Sockets,
    connection: Connection,
    due: Due,
    frames: SweepFrames<'_>,
) -> (Connection, Result<Visit, Error>) {
    sleep_until(turn).await;
    let visit = visit(sockets, &connection, due, frames).await;
    (connection, visit)
}

async fn visit(sockets: &Sockets, connection: &Connection, due: Due, frames: SweepFrames<'_>) -> Result<Visit, Error> {
    let (frame, visit) = match due {
        Due::KeepAlive => (frames.keep_alive, Visit::Kept),
        Due::Renew => (frames.renew, Visit::Renewed),
        Due::Close => (frames.renew, Visit::Closed),
    };
    let mut outcome = sockets.send(&connection.peer, frame).await;
    if due == Due::Close && !matches!(outcome, Ok(SendOutcome::Stale)) {
        // Whether or not the client received the frame.
        outcome = sockets.disconnect(&connection.peer).await.and_then(|closed| outcome.map(|_sent| closed));
    }
    match outcome? {
        SendOutcome::Sent => Ok(visit),
        SendOutcome::Stale => Ok(Visit::Stale),
        SendOutcome::TooLarge => Err(Error::TooLarge),
    }
}
