//! What the function asks of its services for one frame.

use chat::{
    Accepted, Announcement, ChatClaims, Counters, Decision, Frame, METRICS_NAMESPACE, Refusal, Reviewers, Room,
    RoomMessages, Rooms, Time,
};
use parlor::{Audience, Aws, Error, FanoutQueue, Message, Metrics, Page, SendOutcome, Sockets, log_warning};

pub(crate) struct Backend {
    pub(crate) counters: Counters,
    pub(crate) sockets: Sockets,
    pub(crate) queue: FanoutQueue,
    rooms: Rooms,
    reviewers: Reviewers,
}

impl Backend {
    pub(crate) async fn new(aws: Aws) -> Result<Self, Error> {
        let backend = Self {
            counters: Counters::from_environment(&aws)?,
            sockets: Sockets::from_environment(&aws)?,
            queue: FanoutQueue::from_environment(&aws)?,
            rooms: Rooms::from_environment(&aws)?,
            reviewers: Reviewers::from_environment(&aws)?,
        };
        // A frame asks the database for three things at the same time.
        tokio::join!(aws.warm_up(3), backend.sockets.warm_up());
        Ok(backend)
    }

    /// Counts the request, and reads the room and the first page of its members.
    pub(crate) async fn look_up(
        &self,
        claims: &ChatClaims,
        message: &Message,
        accepted: &Accepted<'_>,
        at: Time,
    ) -> Result<(RoomMessages, Option<Room>, Page), Refusal> {
        let (room_id, connection) = (&claims.room_id, &message.peer.id);
        let counted = self.counters.count(room_id, connection, accepted.is_message(), at);
        let read = async { tokio::try_join!(self.rooms.find(room_id), self.sockets.page(Audience::group(room_id))) };
        if self.counters.has_seen_excess(connection, at) {
            let room_messages = counted.await?.admit()?;
            let (room, first) = read.await?;
            return Ok((room_messages, room, first));
        }
        // At the same time: the first frame waits for one answer of the database, not for three.
        let (counted, (room, first)) = tokio::try_join!(counted, read)?;
        Ok((counted.admit()?, room, first))
    }

    pub(crate) async fn decide(
        &self,
        accepted: Accepted<'_>,
        room: Option<&Room>,
        room_messages: RoomMessages,
        message: &Message,
    ) -> Result<Announcement, Refusal> {
        let at = Time::from_milliseconds(message.received_at());
        match accepted.decide(room, room_messages, at)? {
            Decision::Announce(announcement) => Ok(announcement),
            Decision::Review(content, reviewer) => {
                Ok(Announcement::from(self.reviewers.review(reviewer, content, message.source_ip()).await?))
            }
        }
    }

    pub(crate) async fn refuse(&self, message: &Message, request_id: &str, refusal: &Refusal) -> Result<(), Error> {
        if !refusal.is_sent() {
            return Ok(());
        }
        let frame = Frame::refusing(request_id, refusal).to_json()?;
        let sent = self.sockets.send(&message.peer, &frame).await.and_then(SendOutcome::sent_or_stale);
        if refusal.closes() {
            self.sockets.disconnect(&message.peer).await?;
        }
        if let Err(error @ Error::Unresponsive(_)) = sent {
            // A client that does not read must not look like a failure of this function.
            log_warning("a refusal was not delivered", &error);
            return Ok(());
        }
        if *refusal == Refusal::Failed {
            // To Lambda this invocation is a success, so an alarm needs a figure of its own.
            Metrics::new(METRICS_NAMESPACE).count("FramesFailed", 1).emit();
        }
        sent
    }
}
