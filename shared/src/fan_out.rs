//! One frame to a whole audience.

use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::logging::Chain;
use crate::{Audience, Connection, Delivery, Error, Page, PageStart, Peer, Sockets};

/// Posts on their way at once. A post takes a few milliseconds within a region, so this many keep one connection pool
/// busy at some thousand posts a second without holding more frames in memory than these.
const CONCURRENT_POSTS: usize = 64;

/// Gone connections that one fan-out remembers: forgetting them takes time, and the next fan-out meets the rest.
const MAX_GONE: usize = 1_000;

/// How often a connection is tried whose handshake is going on, and how long after the first try the second comes; the pause
/// doubles. A row is written milliseconds before its handshake is done, so that this is two seconds in all.
const JOIN_ATTEMPTS: u32 = 6;
const JOIN_PAUSE: Duration = Duration::from_millis(30);

/// A frame, and who shall have it.
#[derive(Debug)]
pub struct FanOut<'a> {
    /// The text of the frame, the same for everybody.
    pub frame: &'a str,
    /// The first page of the audience; the pages after it are read as the posts go on.
    pub first: Page,
    /// Who gets the frame after everybody else: its sender, to whom it says that all the others have it.
    pub last: Option<Sender<'a>>,
    /// Whose connections are closed when everybody has the frame.
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

/// Connections that answered 410. Whoever fans out forgets them afterwards, when nobody waits for a frame any more.
#[derive(Debug, Default)]
pub struct Gone(Vec<Connection>);

impl Gone {
    fn add(&mut self, connection: Connection) {
        if self.0.len() < MAX_GONE {
            self.0.push(connection);
        }
    }
}

impl Sockets {
    /// Sends a frame to an audience, page after page, with up to 64 posts at a time. What goes wrong with one recipient
    /// concerns no other: it is logged. Connections that are gone are added to `gone`, for [`Sockets::forget_gone`]; that
    /// holds too when this is given up halfway.
    ///
    /// # Errors
    /// A page cannot be read, a connection cannot be closed, or the last recipient cannot be reached for another reason than
    /// that it is gone.
    pub async fn fan_out(&self, job: FanOut<'_>, gone: &mut Gone) -> Result<(), Error> {
        let FanOut { frame, first, last, sends_away } = job;
        let recipients = self.recipients(first).filter(|to| {
            let is_last = matches!(to, Ok(to) if last.is_some_and(|last| to.peer == *last.peer));
            std::future::ready(!is_last)
        });
        let posts = recipients.map(|to| async move {
            let to = to?;
            let delivery = self.send(&to.peer, frame).await;
            Ok::<_, Error>((to, delivery))
        });
        let mut posts = pin!(posts.buffer_unordered(CONCURRENT_POSTS));
        let mut unread = Ok(());
        // Who must not hear it again below: few, for it takes a young connection, or one that is sent away.
        let mut told: HashSet<Peer> = last.iter().map(|sender| sender.peer.clone()).collect();
        while let Some(post) = posts.next().await {
            match post {
                Ok((connection, Ok(Delivery::Sent))) => {
                    let leaves = sends_away.as_ref().is_some_and(|audience| audience.includes(&connection));
                    if leaves || !connection.is_settled() {
                        told.insert(connection.peer);
                    }
                }
                Ok((connection, Ok(Delivery::Gone))) => gone.add(connection),
                Ok((_, Ok(Delivery::TooLarge))) => tracing::warn!("a frame is larger than API Gateway delivers"),
                Ok((connection, Err(error))) => {
                    tracing::warn!(recipient = %connection.peer.id, cause = %Chain(&error), "a frame was not delivered");
                }
                // The posts that are on their way are not to blame.
                Err(error) => unread = Err(error),
            }
        }
        unread?;
        let members: HashSet<_> = gone.0.iter().map(|gone| (gone.group.clone(), gone.member.clone())).collect();
        let known: HashSet<Peer> = told.iter().chain(gone.0.iter().map(|gone| &gone.peer)).cloned().collect();
        let known = &known;
        let followed = stream::iter(members).map(|(group, member)| async move {
            self.follow(&group, &member, frame, known).await.unwrap_or_else(|error| {
                tracing::warn!(cause = %Chain(&error), "a member who renewed a connection may have missed a frame");
                Vec::new()
            })
        });
        let followed: Vec<Vec<Peer>> = followed.buffer_unordered(CONCURRENT_POSTS).collect().await;
        told.extend(followed.into_iter().flatten());
        let heard = match last {
            Some(sender) => self.tell_sender(sender, frame, &told).await,
            None => Ok(()),
        };
        match sends_away {
            Some(audience) => self.send_away(audience, frame, &told).await.and(heard),
            None => heard,
        }
    }

    async fn tell_sender(&self, sender: Sender<'_>, frame: &str, told: &HashSet<Peer>) -> Result<(), Error> {
        let delivery = self.send(sender.peer, frame).await?;
        if delivery == Delivery::Gone {
            self.follow(sender.group, sender.member, frame, told).await?;
        }
        delivery.sent_or_gone()
    }

    /// Sends a frame to what a member has opened in the last 30 s, but for those that are known already: who got it now. Clients renew a
    /// connection by opening the next before they close the last, and the page that was read before knows only the last, which
    /// is gone.
    async fn follow(&self, group: &str, member: &str, frame: &str, known: &HashSet<Peer>) -> Result<Vec<Peer>, Error> {
        let now = self.page(Audience::member(group, member)).await?;
        let mut followed = Vec::new();
        for next in now.connections.into_iter().filter(|next| !next.is_settled() && !known.contains(&next.peer)) {
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
    async fn send_away(&self, audience: Audience, frame: &str, told: &HashSet<Peer>) -> Result<(), Error> {
        let first = self.page(audience).await?;
        let closings = self.recipients(first).map(|connection| async move {
            let connection = connection?;
            if told.contains(&connection.peer) || self.reach(&connection, frame).await? {
                self.disconnect(&connection.peer).await?;
            }
            Ok(())
        });
        let keep_first_error = |outcome: Result<(), Error>, closed| std::future::ready(outcome.and(closed));
        closings.buffer_unordered(CONCURRENT_POSTS).fold(Ok(()), keep_first_error).await
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

    /// Forgets connections that answered 410, but for those that are so young that their handshake may still be going on:
    /// API Gateway answers 410 for them, too. A row that stays is met by the next 410, or expires.
    pub async fn forget_gone(&self, gone: Gone) {
        let forgotten = stream::iter(gone.0).map(|connection| async move {
            if let Err(error) = self.forget_if_settled(&connection).await {
                tracing::warn!(cause = %Chain(&error), "a dead connection was not forgotten");
            }
        });
        forgotten.buffer_unordered(CONCURRENT_POSTS).for_each(std::future::ready).await;
    }

    /// The audience as one stream: the next page is read while posts of the last are still on their way.
    fn recipients(&self, first: Page) -> impl Stream<Item = Result<Connection, Error>> {
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

/// Where a walk through an audience stands.
enum Next {
    Read(Page),
    Start(PageStart),
    End,
}
