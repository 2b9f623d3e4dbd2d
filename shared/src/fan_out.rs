//! One frame to a whole audience.

use std::collections::HashSet;
use std::future::Ready;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout_at};

use crate::job::{MOST_ATTEMPTS, pause};
use crate::lanes::{FAST_LANE, Lanes};
use crate::logging::Chain;
use crate::{Audience, Connection, ConnectionId, Delivery, Error, Gone, Job, Page, PageStart, Peer, Relay, Sockets};

/// How long the posts of a first page may take before the rest of them is handed on: the sender waits for them.
const PATIENCE: Duration = Duration::from_millis(700);

/// The pause before somebody is tried again in the same invocation; the second is twice as long. A caller waits for it.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// Those who are tried again in the same invocation: what fails for more is no bad luck of single ones.
const MOST_RETRIED: usize = 1_000;

/// When nobody is tried again any more, from the beginning of a fan-out: its caller waits, and has a timeout of its own.
const RETRIES_END: Duration = Duration::from_secs(6);

/// How often a connection is tried whose handshake is going on, and how long after the first try the second comes; the pause
/// doubles. A row is written milliseconds before its handshake is done, so that this is two seconds in all.
const JOIN_ATTEMPTS: u32 = 6;
const JOIN_PAUSE: Duration = Duration::from_millis(30);

/// A frame for an audience that one function reaches by itself.
#[derive(Debug)]
pub struct FanOut<'a> {
    /// The text of the frame, the same for everybody.
    pub frame: &'a str,
    /// The first page of the audience; the pages after it are read as the posts go on.
    pub first: Page,
    /// Who gets the frame when all others have been tried once: its sender, to whom it says so.
    pub last: Option<Sender<'a>>,
    /// Whose connections are closed when everybody has been tried once, and they have it themselves.
    pub sends_away: Option<Audience>,
}

/// A frame for an audience of any size.
#[derive(Debug)]
pub struct Broadcast<'a> {
    /// The text of the frame, the same for everybody.
    pub frame: &'a str,
    /// The frame's own id, for the log.
    pub frame_id: &'a str,
    /// The first page of the audience, which gets the frame from here; the pages after it are handed on.
    pub first: Page,
    /// Who gets the frame last: its sender, to whom it says that all the others have it, or that it is on its way.
    pub last: Option<Sender<'a>>,
    /// Whose connections are closed when the first page has the frame, and they have it themselves.
    pub sends_away: Option<Audience>,
}

/// Who brought a frame about.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The connection that it came from.
    pub peer: &'a Peer,
    /// The group of that connection.
    pub group: &'a str,
    /// The member whose connection it is.
    pub member: &'a str,
}

impl Sockets {
    /// Sends a frame to an audience, page after page, with up to 64 posts in the fast lane, and within the first six seconds again
    /// to those whom a post did not reach, twice at most. What goes wrong with one recipient concerns no other: it is logged.
    /// Connections that are gone are added to `gone`, for [`Sockets::forget_gone`].
    ///
    /// # Errors
    /// A page cannot be read, a connection cannot be closed, or the last recipient cannot be reached for another reason than
    /// that it is gone.
    pub async fn fan_out(&self, fan_out: FanOut<'_>, gone: &mut Gone) -> Result<(), Error> {
        let (began, accepted_at) = (Instant::now(), SystemTime::now());
        let FanOut { frame, first, last, sends_away } = fan_out;
        let skipped = last.map(|sender| &sender.peer.id);
        let recipients = Box::pin(self.recipients(first).filter(|to| is_not(skipped, to)));
        let mut reached = Reached::new(sends_away.as_ref(), last);
        let mut lanes = Lanes::new(self, frame, recipients);
        let (mut left, mut read) = (Vec::new(), Ok(()));
        while let Some(settled) = lanes.next().await {
            match settled {
                Ok((connection, answer)) => match reached.note(connection, answer, gone) {
                    Some(connection) if left.len() < MOST_RETRIED => left.push(connection),
                    lost => lost.iter().for_each(warn_of),
                },
                // The posts that are on their way are not to blame.
                Err(error) => read = Err(error),
            }
        }
        // The sender's own frame would say that the others have it; who is to leave leaves all the same.
        let sender = last.filter(|_| read.is_ok());
        let told = self.conclude(frame, reached, gone, sender, accepted_at).await;
        left.retain(|connection| !sends_away.as_ref().is_some_and(|audience| audience.includes(connection)));
        let closed = self.close(frame, told, sends_away).await;
        let left = self.post_again(frame, left, last, (accepted_at, began + RETRIES_END), gone).await;
        left.iter().for_each(warn_of);
        closed.and(read)
    }

    /// Posts to those who were not reached at first, and tells who was not reached in the end. Nobody who was reached, or is to
    /// leave, waits for it.
    async fn post_again(
        &self,
        frame: &str,
        mut left: Vec<Connection>,
        sender: Option<Sender<'_>>,
        (accepted_at, until): (SystemTime, Instant),
        gone: &mut Gone,
    ) -> Vec<Connection> {
        for attempts in 1..MOST_ATTEMPTS {
            left.retain(|connection| !connection.is_over());
            if left.is_empty() || until <= Instant::now() {
                break;
            }
            pause(RETRY_PAUSE * attempts).await;
            let (mut reached, mut gone_since) = (Reached::new(None, sender), Gone::default());
            left = self.post_until(until, frame, left, &mut reached, &mut gone_since).await;
            // Without a sender it cannot fail.
            let _told = self.conclude(frame, reached, &gone_since, None, accepted_at).await;
            gone.append(gone_since);
        }
        left
    }

    /// Sends a frame to the first page of an audience, and hands on what is more: the pages after it, and those of the first
    /// whom it takes long to reach. The sender's own frame comes last, after 0.7 s and the calls that hand on.
    ///
    /// # Errors
    /// Lambda does not take a job, a connection cannot be closed, or the sender cannot be reached for another reason than
    /// that it is gone.
    pub async fn broadcast(&self, relay: &Relay, broadcast: Broadcast<'_>, gone: &mut Gone) -> Result<(), Error> {
        let accepted_at = SystemTime::now();
        let Broadcast { frame, frame_id, mut first, last, sends_away } = broadcast;
        let skipped = last.map(|sender| &sender.peer.id);
        let group = first.group.clone();
        let next = first.next.take();
        let is_larger = next.is_some();
        let job = Job::walk(frame, frame_id, next.unwrap_or_else(|| Audience::group(group).into()), skipped);
        let handed_on = async { if is_larger { relay.hand_on(&job).await } else { Ok(()) } };
        let mut reached = Reached::new(sends_away.as_ref(), last);
        let page = first.connections.into_iter().filter(|to| skipped != Some(&to.peer.id)).collect();
        let posted = self.post_until(Instant::now() + PATIENCE, frame, page, &mut reached, gone);
        let (handed_on, left) = tokio::join!(handed_on, posted);
        let handed_on = match handed_on {
            Ok(()) if !left.is_empty() => relay.hand_on(&job.again_for(&left)).await,
            other => other,
        };
        // The sender's own frame would say that the others have it; who is to leave leaves all the same.
        let last = last.filter(|_| handed_on.is_ok());
        let told = self.conclude(frame, reached, gone, last, accepted_at).await;
        self.close(frame, told, sends_away).await.and(handed_on)
    }

    /// Sends away who is to leave, whether or not the sender heard of it.
    async fn close(
        &self,
        frame: &str,
        told: Result<HashSet<Peer>, Error>,
        sends_away: Option<Audience>,
    ) -> Result<(), Error> {
        let Some(audience) = sends_away else { return told.map(drop) };
        let nobody = HashSet::new();
        let sent_away = self.send_away(audience, frame, told.as_ref().unwrap_or(&nobody)).await;
        sent_away.and(told.map(drop))
    }

    /// Posts to these until everybody has an answer or the time is up, and tells who was not reached.
    async fn post_until(
        &self,
        until: Instant,
        frame: &str,
        connections: Vec<Connection>,
        reached: &mut Reached<'_>,
        gone: &mut Gone,
    ) -> Vec<Connection> {
        let mut lanes = Lanes::new(self, frame, stream::iter(connections.into_iter().map(Ok)));
        let mut left = Vec::new();
        loop {
            match timeout_at(until, lanes.next()).await {
                Ok(Some(Ok((connection, answer)))) => left.extend(reached.note(connection, answer, gone)),
                // The recipients are here already: they cannot fail to be read.
                Ok(Some(Err(_))) => {}
                Ok(None) => return left,
                Err(_elapsed) => {
                    left.extend(lanes.abandon().await);
                    return left;
                }
            }
        }
    }

    /// What follows when everybody has been tried: who renewed a connection meanwhile, and the sender. Returns whom not to tell
    /// again.
    pub(crate) async fn conclude(
        &self,
        frame: &str,
        reached: Reached<'_>,
        gone: &Gone,
        last: Option<Sender<'_>>,
        accepted_at: SystemTime,
    ) -> Result<HashSet<Peer>, Error> {
        let mut told = reached.told;
        let members: HashSet<_> = gone.connections().map(|gone| (gone.group.clone(), gone.member.clone())).collect();
        let known: HashSet<Peer> = told.iter().chain(gone.connections().map(|gone| &gone.peer)).cloned().collect();
        let known = &known;
        let followed = stream::iter(members).map(|(group, member)| async move {
            self.follow(&group, &member, frame, known, accepted_at).await.unwrap_or_else(|error| {
                tracing::warn!(cause = %Chain(&error), "a member who renewed a connection may have missed a frame");
                Vec::new()
            })
        });
        let followed: Vec<Vec<Peer>> = followed.buffer_unordered(FAST_LANE).collect().await;
        told.extend(followed.into_iter().flatten());
        if let Some(sender) = last {
            self.tell_sender(sender, frame, &told, accepted_at).await?;
        }
        Ok(told)
    }

    async fn tell_sender(
        &self,
        sender: Sender<'_>,
        frame: &str,
        told: &HashSet<Peer>,
        accepted_at: SystemTime,
    ) -> Result<(), Error> {
        let delivery = self.send(sender.peer, frame).await?;
        if delivery == Delivery::Gone {
            self.follow(sender.group, sender.member, frame, told, accepted_at).await?;
        }
        delivery.sent_or_gone()
    }

    /// Sends a frame to what a member has opened since 30 s before it was accepted, but for those that are known already, and
    /// tells who got it now. Clients renew a connection by opening the next before they close the last, and the page that was
    /// read before knows only the last, which is gone.
    async fn follow(
        &self,
        group: &str,
        member: &str,
        frame: &str,
        known: &HashSet<Peer>,
        accepted_at: SystemTime,
    ) -> Result<Vec<Peer>, Error> {
        let now = self.page(Audience::member(group, member)).await?;
        let mut followed = Vec::new();
        for next in
            now.connections.into_iter().filter(|next| !next.was_settled(accepted_at) && !known.contains(&next.peer))
        {
            match self.send(&next.peer, frame).await {
                Ok(Delivery::Sent) => followed.push(next.peer),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(recipient = %next.peer.id, cause = %Chain(&error), "a frame was not delivered");
                }
            }
        }
        Ok(followed)
    }

    /// Closes an audience's connections, as they are now. Those that have not been told, because they have joined since or because
    /// their handshake was still going on, get the frame first. One that cannot be closed keeps no other open.
    pub(crate) async fn send_away(&self, audience: Audience, frame: &str, told: &HashSet<Peer>) -> Result<(), Error> {
        let first = self.page(audience).await?;
        let closings = self.recipients(first).map(|connection| async move {
            let connection = connection?;
            if told.contains(&connection.peer) || self.reach(&connection, frame).await? {
                self.disconnect(&connection.peer).await?;
            }
            Ok(())
        });
        let keep_first_error = |outcome: Result<(), Error>, closed| std::future::ready(outcome.and(closed));
        closings.buffer_unordered(FAST_LANE).fold(Ok(()), keep_first_error).await
    }

    /// Whether a connection, whose handshake may still be going on, has got a frame in the end.
    async fn reach(&self, connection: &Connection, frame: &str) -> Result<bool, Error> {
        for attempt in 0..JOIN_ATTEMPTS {
            if self.send(&connection.peer, frame).await? == Delivery::Sent {
                return Ok(true);
            }
            if connection.is_settled() {
                return Ok(false);
            }
            tokio::time::sleep(JOIN_PAUSE * 2_u32.pow(attempt)).await;
        }
        Ok(false)
    }

    /// The audience as one stream: the next page is read while posts of the last are still on their way.
    pub(crate) fn recipients(&self, first: Page) -> impl Stream<Item = Result<Connection, Error>> {
        let pages = stream::try_unfold(Next::Read(first), async |next| {
            let page = match next {
                Next::Read(page) => page,
                Next::Start(start) => self.page(start).await?,
                Next::End => return Ok::<_, Error>(None),
            };
            let next = page.next.map_or(Next::End, Next::Start);
            Ok(Some((stream::iter(page.connections).map(Ok), next)))
        });
        pages.try_flatten()
    }
}

/// What became of an audience so far.
pub(crate) struct Reached<'a> {
    sends_away: Option<&'a Audience>,
    /// Who must not hear it again afterwards: few, for it takes a young connection, or one that is sent away.
    told: HashSet<Peer>,
    pub(crate) delivered: usize,
    pub(crate) gone: usize,
    has_failed: bool,
}

impl<'a> Reached<'a> {
    pub(crate) fn new(sends_away: Option<&'a Audience>, last: Option<Sender<'_>>) -> Self {
        let told = last.iter().map(|sender| sender.peer.clone()).collect();
        Self { sends_away, told, delivered: 0, gone: 0, has_failed: false }
    }

    /// Notes what became of a post, and gives a connection back that was not reached and may be yet.
    pub(crate) fn note(
        &mut self,
        connection: Connection,
        answer: Result<Delivery, Error>,
        gone: &mut Gone,
    ) -> Option<Connection> {
        match answer {
            Ok(Delivery::Sent) => {
                self.delivered += 1;
                let leaves = self.sends_away.is_some_and(|audience| audience.includes(&connection));
                if leaves || !connection.is_settled() {
                    self.told.insert(connection.peer);
                }
                None
            }
            Ok(Delivery::Gone) => {
                self.gone += 1;
                gone.add(connection);
                None
            }
            Ok(Delivery::TooLarge) => {
                tracing::warn!("a frame is larger than API Gateway delivers");
                None
            }
            Err(error) => {
                // Causes are mostly the same: one is enough for somebody who looks for it.
                if !std::mem::replace(&mut self.has_failed, true) {
                    tracing::warn!(recipient = %connection.peer.id, cause = %Chain(&error), "a post failed");
                }
                Some(connection)
            }
        }
    }
}

/// Whether a recipient is another than the one that gets the frame last.
pub(crate) fn is_not(skipped: Option<&ConnectionId>, to: &Result<Connection, Error>) -> Ready<bool> {
    std::future::ready(!matches!(to, Ok(to) if skipped == Some(&to.peer.id)))
}

fn warn_of(connection: &Connection) {
    tracing::warn!(recipient = %connection.peer.id, "a frame was not delivered");
}

/// Where a walk through an audience stands.
enum Next {
    Read(Page),
    Start(PageStart),
    End,
}
