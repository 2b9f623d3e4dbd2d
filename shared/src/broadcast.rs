//! One frame to a group: who receives it, in which order, and by which function.

use std::future::ready;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::delivery::{Delivery, Sender};
use crate::fanout_job::FanoutJob;
use crate::stale::Stale;
use crate::{Audience, Connection, ConnectionId, Error, FanoutQueue, Page, PageStart, Peer, SendOutcome, Sockets};

/// How long the sends to a first page may take before the rest of it is queued: the sender waits for them.
const FIRST_PAGE_TIMEOUT: Duration = Duration::from_millis(700);

/// The largest frame that API Gateway delivers (quotas, "WebSocket message payload size").
const MAX_FRAME_BYTES: usize = 128 * 1024;

/// When retries end, from the beginning of a broadcast: its caller waits, and has a timeout of its own.
const RETRIES_END: Duration = Duration::from_secs(6);

/// A broadcast that is being described: [`Sockets::group`] begins one, [`Broadcast::send`] sends it.
///
/// A failure with one connection concerns no other: it is logged and counted. A connection that answers 410 is stale, and its
/// row is deleted, unless the connection is so young that its handshake may not be complete. If its member has opened another
/// connection in the meantime, that one receives the frame.
///
/// The function's role needs `dynamodb:Query` and `dynamodb:DeleteItem` on the table, and `execute-api:ManageConnections`.
///
/// ```
/// use parlor::{Error, Message, Response, Sockets};
/// use serde_json::json;
///
/// async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
///     let frame = json!({ "said": message.body() });
///     let sent = sockets.group("lobby").except(&message.peer).send_json(&frame).await?;
///     sockets.send_json(&message.peer, &json!({ "heardBy": sent.delivered })).await?;
///     Ok(Response::ok())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a broadcast is sent by `send`"]
pub struct Broadcast<'a> {
    sockets: &'a Sockets,
    audience: Audience,
    first_page: Option<Page>,
    except: Except,
    sender: Option<(&'a Peer, &'a str)>,
    queue: Option<&'a FanoutQueue>,
    frame_id: &'a str,
}

/// What became of a broadcast.
///
/// ```
/// # use parlor::{Error, Sockets};
/// async fn is_anyone_there(sockets: &Sockets) -> Result<bool, Error> {
///     let sent = sockets.group("lobby").send("ping").await?;
///     Ok(sent.delivered > 0)
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Connections that API Gateway accepted the frame for.
    pub delivered: usize,
    /// Connections that answered 410: closed, or not open yet.
    pub stale: usize,
    /// Connections that the frame could not be sent to, after retries.
    pub failed: usize,
    /// Whether a fan-out function delivers the frame to further connections.
    pub queued: bool,
}

/// Connections and members that a broadcast leaves out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Except {
    pub(crate) connections: Vec<ConnectionId>,
    pub(crate) members: Vec<String>,
}

impl Except {
    pub(crate) fn includes(&self, connection: &Connection) -> bool {
        self.connections.contains(&connection.peer.id) || self.members.contains(&connection.member)
    }
}

impl Sockets {
    /// Begins a broadcast to all connections of a group.
    pub fn group(&self, group: impl Into<String>) -> Broadcast<'_> {
        self.broadcast(Audience::group(group))
    }

    /// Begins a broadcast to all connections of one member of a group.
    pub fn member(&self, group: impl Into<String>, member: impl Into<String>) -> Broadcast<'_> {
        self.broadcast(Audience::member(group, member))
    }

    fn broadcast(&self, audience: Audience) -> Broadcast<'_> {
        let (first_page, except, sender, queue) = (None, Except::default(), None, None);
        Broadcast { sockets: self, audience, first_page, except, sender, queue, frame_id: "" }
    }

    /// The audience as one stream: the next page is read while frames of the last one are being sent.
    fn recipients(&self, first: Page) -> impl Stream<Item = Result<Connection, Error>> {
        enum Next {
            Given(Page),
            Read(PageStart),
            End,
        }
        let pages = stream::try_unfold(Next::Given(first), async |next| {
            let page = match next {
                Next::Given(page) => page,
                Next::Read(start) => self.page(start).await?,
                Next::End => return Ok::<_, Error>(None),
            };
            let next = page.next.map_or(Next::End, Next::Read);
            Ok(Some((stream::iter(page.connections).map(Ok), next)))
        });
        pages.try_flatten()
    }
}

impl<'a> Broadcast<'a> {
    /// Leaves out a connection, on every page. Repeatable.
    pub fn except(mut self, peer: &Peer) -> Self {
        self.except.connections.push(peer.id.clone());
        self
    }

    /// Leaves out all connections of a member. Repeatable.
    pub fn except_member(mut self, member: impl Into<String>) -> Self {
        self.except.members.push(member.into());
        self
    }

    /// Sends the frame to its sender last, as a confirmation: when the sender receives it, all other members have it or will
    /// shortly. `member` is the member of the group that the connection belongs to.
    pub fn sender_last(mut self, peer: &'a Peer, member: &'a str) -> Self {
        self.sender = Some((peer, member));
        self
    }

    /// Sends to the first page of the audience from this function, for at most 0.7 s, and leaves the rest to a fan-out
    /// function. Without it, this function sends to all pages. [`Sent`] counts what this function has sent.
    pub fn overflow_to(mut self, queue: &'a FanoutQueue) -> Self {
        self.queue = Some(queue);
        self
    }

    /// An id of the frame for the log of the fan-out function.
    pub fn frame_id(mut self, id: &'a str) -> Self {
        self.frame_id = id;
        self
    }

    /// Begins with a page of this audience that was read already, at the same time as something else for example.
    pub fn first_page(mut self, page: Page) -> Self {
        self.first_page = Some(page);
        self
    }

    /// Sends a text frame, of at most 128 KB.
    ///
    /// Up to 64 sends are in progress at the same time; those to clients that do not read make room for the others. A send that
    /// fails is repeated up to twice, within the first 6 s, after the sender has the frame.
    ///
    /// # Errors
    /// The frame is too large, a page cannot be read, Lambda does not accept a job, or the sender cannot be reached although its
    /// connection is open.
    pub async fn send(mut self, frame: &str) -> Result<Sent, Error> {
        if frame.len() > MAX_FRAME_BYTES {
            return Err(Error::TooLarge);
        }
        let (began, accepted_at) = (Instant::now(), SystemTime::now());
        let first = match self.first_page.take() {
            Some(page) => page,
            None => self.sockets.page(self.audience.clone()).await?,
        };
        let group = self.audience.group.clone();
        let sender = self.sender.map(|(peer, member)| Sender { peer, group: &group, member });
        let sender = sender.filter(|sender| !self.except.members.iter().any(|member| member == sender.member));
        let mut delivery = Delivery::new(self.sockets, frame, accepted_at, &self.except, sender);
        let outcome = match self.queue {
            Some(queue) => self.send_first_page(&mut delivery, first, queue).await,
            None => self.send_all_pages(&mut delivery, first).await,
        };
        // The sender's own frame would say that the others have it.
        let confirmed = delivery.conclude(sender.filter(|_| outcome.is_ok())).await;
        delivery.retry(began + RETRIES_END).await;
        let sent = delivery.prune().await;
        confirmed?;
        Ok(Sent { queued: outcome?, ..sent })
    }

    /// Sends a value as JSON, see [`Self::send`].
    ///
    /// # Errors
    /// The value cannot be written as JSON, or as for [`Self::send`].
    pub async fn send_json(self, value: &impl Serialize) -> Result<Sent, Error> {
        let frame = serde_json::to_string(value).map_err(Error::Json)?;
        self.send(&frame).await
    }

    /// Closes the connections of the audience instead, and returns how many were open. One that cannot be closed keeps no
    /// other one open.
    ///
    /// # Errors
    /// A page cannot be read, or a connection cannot be closed.
    pub async fn disconnect(mut self) -> Result<usize, Error> {
        let first = match self.first_page.take() {
            Some(page) => page,
            None => self.sockets.page(self.audience.clone()).await?,
        };
        let recipients = self.sockets.recipients(first).try_filter(|to| ready(!self.except.includes(to)));
        let closings = recipients.map(|connection| async move {
            let connection = connection?;
            let outcome = self.sockets.disconnect(&connection.peer).await?;
            Ok::<_, Error>((connection, outcome))
        });
        let (mut closed, mut stale, mut failure) = (0, Stale::default(), None);
        let mut closings = std::pin::pin!(closings.buffer_unordered(self.sockets.width.get()));
        while let Some(closing) = closings.next().await {
            match closing {
                Ok((connection, SendOutcome::Stale)) => stale.add(connection),
                Ok(_) => {
                    self.sockets.width.grow();
                    closed += 1;
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        self.sockets.prune(stale).await;
        failure.map_or(Ok(closed), Err)
    }

    /// Sends to every page from here. Returns that nothing was queued.
    async fn send_all_pages(&self, delivery: &mut Delivery<'_>, first: Page) -> Result<bool, Error> {
        let mut read = Ok(false);
        // The sends in progress are not to blame.
        delivery.send_all(self.sockets.recipients(first), |error| read = Err(error)).await;
        read
    }

    /// Sends to the first page from here and queues the rest. Returns whether something was queued.
    async fn send_first_page(
        &self,
        delivery: &mut Delivery<'_>,
        mut first: Page,
        queue: &FanoutQueue,
    ) -> Result<bool, Error> {
        let next = first.next.take();
        let is_larger = next.is_some();
        let start = next.unwrap_or_else(|| self.audience.clone().into());
        let job = FanoutJob::walk(delivery.frame(), self.frame_id, start, delivery.left_out());
        let queued = async { if is_larger { queue.push(&job).await } else { Ok(()) } };
        let sends = delivery.send_until(Instant::now() + FIRST_PAGE_TIMEOUT, first.connections);
        let (queued, unreached) = tokio::join!(queued, sends);
        queued?;
        if unreached.is_empty() {
            return Ok(is_larger);
        }
        queue.push(&job.again_for(&unreached)).await?;
        Ok(true)
    }
}
