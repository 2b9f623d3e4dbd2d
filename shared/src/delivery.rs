//! The state of one frame on its way to an audience. Its methods are in the order of what happens: everyone once, members who
//! renewed a connection, the sender, retries, pruning.

use std::collections::HashSet;
use std::convert::Infallible;
use std::future::ready;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::broadcast::Except;
use crate::fanout_job::MAX_ATTEMPTS;
use crate::logging::Chain;
use crate::pause::pause;
use crate::send_pool::SendPool;
use crate::stale::Stale;
use crate::{Audience, Connection, Error, Peer, SendOutcome, Sent, Sockets};

/// The pause before the first retry in the same invocation; the second is twice as long. A caller waits for it.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// The most connections that are retried in the same invocation: what fails for more is not a fault of single ones.
const MAX_RETRIED: usize = 1_000;

/// The longest time that the caller of a broadcast waits for stale rows to be deleted.
const PRUNE_TIMEOUT: Duration = Duration::from_secs(1);

/// The connection that a frame came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) group: &'a str,
    pub(crate) member: &'a str,
}

/// One frame on its way to an audience.
pub(crate) struct Delivery<'a> {
    sockets: &'a Sockets,
    frame: &'a str,
    accepted_at: SystemTime,
    /// Connections that do not receive the frame from here: left out by the caller, or the sender's, which is the last.
    except: Except,
    /// Connections that have the frame and could be found again among a member's new ones. Few: only young ones can.
    informed: HashSet<Peer>,
    /// Connections that answered 410, and of whose members the new connections have not been looked up yet.
    stale: Stale,
    /// The same, already looked up.
    followed: Stale,
    /// Connections that a send failed for.
    unreached: Vec<Connection>,
    counts: Sent,
    has_logged_a_failure: bool,
}

impl<'a> Delivery<'a> {
    /// A frame that was accepted at that time and sent to no connection yet.
    pub(crate) fn new(
        sockets: &'a Sockets,
        frame: &'a str,
        accepted_at: SystemTime,
        except: &Except,
        sender: Option<Sender<'_>>,
    ) -> Self {
        let mut except = except.clone();
        except.connections.extend(sender.map(|sender| sender.peer.id.clone()));
        Self {
            sockets,
            frame,
            accepted_at,
            except,
            informed: HashSet::new(),
            stale: Stale::default(),
            followed: Stale::default(),
            unreached: Vec::new(),
            counts: Sent::default(),
            has_logged_a_failure: false,
        }
    }

    /// The text of the frame.
    pub(crate) fn frame(&self) -> &'a str {
        self.frame
    }

    /// The connections that do not receive the frame from here.
    pub(crate) fn left_out(&self) -> &Except {
        &self.except
    }

    /// Sends to all recipients once, and keeps those that were not reached for [`Self::retry`]. An error of the stream goes to
    /// `on_error`; sends in progress continue.
    pub(crate) async fn send_all<E>(
        &mut self,
        recipients: impl Stream<Item = Result<Connection, E>>,
        mut on_error: impl FnMut(E),
    ) {
        let except = self.except.clone();
        let recipients = pin!(recipients.try_filter(|to| ready(!except.includes(to))));
        let mut pool = SendPool::new(self.sockets, self.frame, recipients);
        while let Some(settled) = pool.next().await {
            match settled {
                Ok((connection, outcome)) => match self.note(connection, outcome) {
                    Some(connection) if self.unreached.len() < MAX_RETRIED => self.unreached.push(connection),
                    lost => lost.iter().for_each(|connection| self.give_up(connection)),
                },
                Err(error) => on_error(error),
            }
        }
    }

    /// Sends to these until all have settled or the time is up, and returns those that were not reached.
    pub(crate) async fn send_until(&mut self, until: Instant, connections: Vec<Connection>) -> Vec<Connection> {
        let except = self.except.clone();
        let recipients = connections.into_iter().filter(|to| !except.includes(to)).map(Ok::<_, Infallible>);
        let mut pool = SendPool::new(self.sockets, self.frame, stream::iter(recipients));
        let mut unreached = Vec::new();
        loop {
            match timeout_at(until, pool.next()).await {
                Ok(Some(Ok((connection, outcome)))) => unreached.extend(self.note(connection, outcome)),
                Ok(Some(Err(never))) => match never {},
                Ok(None) => return unreached,
                Err(_elapsed) => {
                    unreached.extend(pool.abandon().await);
                    return unreached;
                }
            }
        }
    }

    /// Notes the outcome of a send, and returns a connection that was not reached and may be yet.
    pub(crate) fn note(&mut self, connection: Connection, outcome: Result<SendOutcome, Error>) -> Option<Connection> {
        match outcome {
            Ok(SendOutcome::Sent) => {
                self.counts.delivered += 1;
                if !connection.is_settled() {
                    self.informed.insert(connection.peer);
                }
                None
            }
            Ok(SendOutcome::Stale) => {
                self.counts.stale += 1;
                self.stale.add(connection);
                None
            }
            Ok(SendOutcome::TooLarge) => {
                self.counts.failed += 1;
                tracing::warn!("a frame is larger than API Gateway delivers");
                None
            }
            Err(error) => {
                // The causes are mostly the same, so one is enough.
                if !std::mem::replace(&mut self.has_logged_a_failure, true) {
                    tracing::warn!(recipient = %connection.peer.id, cause = %Chain(&error), "a send failed");
                }
                Some(connection)
            }
        }
    }

    /// What follows when each recipient has been tried once: members who renewed a connection, and the sender.
    ///
    /// # Errors
    /// The sender cannot be reached although its connection is open.
    pub(crate) async fn conclude(&mut self, sender: Option<Sender<'_>>) -> Result<(), Error> {
        self.follow_renewals().await;
        let Some(Sender { peer, group, member }) = sender else { return Ok(()) };
        let outcome = self.sockets.send(peer, self.frame).await?;
        match outcome {
            SendOutcome::Sent => self.counts.delivered += 1,
            SendOutcome::Stale => {
                self.counts.stale += 1;
                self.counts.delivered += self.follow(group, member, &self.informed).await?.len();
            }
            SendOutcome::TooLarge => self.counts.failed += 1,
        }
        outcome.sent_or_stale()
    }

    /// Sends the frame to what members of stale connections have opened since 30 s before it was accepted. Clients renew a
    /// connection by opening the next one before they close the last, and the page that was read before has only the last.
    async fn follow_renewals(&mut self) {
        let stale = std::mem::take(&mut self.stale);
        let members: HashSet<_> =
            stale.connections().map(|stale| (stale.group.clone(), stale.member.clone())).collect();
        let known: HashSet<Peer> =
            self.informed.iter().chain(stale.connections().map(|stale| &stale.peer)).cloned().collect();
        let (this, known) = (&*self, &known);
        let followed = stream::iter(members).map(|(group, member)| async move {
            this.follow(&group, &member, known).await.unwrap_or_else(|error| {
                tracing::warn!(cause = %Chain(&error), "a member who renewed a connection may have missed a frame");
                Vec::new()
            })
        });
        let followed: Vec<Vec<Peer>> = followed.buffer_unordered(self.sockets.width.get()).collect().await;
        for peer in followed.into_iter().flatten() {
            self.counts.delivered += 1;
            self.informed.insert(peer);
        }
        self.followed.append(stale);
    }

    async fn follow(&self, group: &str, member: &str, known: &HashSet<Peer>) -> Result<Vec<Peer>, Error> {
        let now = self.sockets.page(Audience::member(group, member)).await?;
        let is_new = |next: &Connection| {
            !next.was_settled(self.accepted_at) && !known.contains(&next.peer) && !self.except.includes(next)
        };
        let mut followed = Vec::new();
        for next in now.connections.into_iter().filter(is_new) {
            match self.sockets.send(&next.peer, self.frame).await {
                Ok(SendOutcome::Sent) => followed.push(next.peer),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(recipient = %next.peer.id, cause = %Chain(&error), "a frame was not delivered");
                }
            }
        }
        Ok(followed)
    }

    /// Sends again to connections that were not reached. No connection that was reached waits for it.
    pub(crate) async fn retry(&mut self, until: Instant) {
        for attempts in 1..MAX_ATTEMPTS {
            let mut again = std::mem::take(&mut self.unreached);
            again.retain(|connection| !connection.is_over());
            if again.is_empty() {
                break;
            }
            if until <= Instant::now() {
                self.unreached = again;
                break;
            }
            pause(RETRY_PAUSE * attempts).await;
            self.unreached = self.send_until(until, again).await;
            self.follow_renewals().await;
        }
        for connection in std::mem::take(&mut self.unreached) {
            self.give_up(&connection);
        }
    }

    /// Deletes the rows of stale connections, and returns the counts. A slow database must not make a failure of a frame that was
    /// delivered: what is not pruned in time meets the next frame.
    pub(crate) async fn prune(mut self) -> Sent {
        self.followed.append(self.stale);
        let _left_for_later = timeout(PRUNE_TIMEOUT, self.sockets.prune(self.followed)).await;
        self.counts
    }

    fn give_up(&mut self, connection: &Connection) {
        self.counts.failed += 1;
        tracing::warn!(recipient = %connection.peer.id, "a frame was not delivered");
    }
}
