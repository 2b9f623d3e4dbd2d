//! What the function asks of its services for one frame.

use chat::{
    Announcement, ChatSession, Counters, Decision, Frame, METRICS_NAMESPACE, Refusal, Request, RequestCount, Reviewers,
    Rooms, Time, accept,
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
        // A frame reads two things of the database at the same time.
        tokio::join!(aws.warm_up(2), backend.sockets.warm_up());
        Ok(backend)
    }

    /// Checks a request against its session and its room, and reads the first page of the room's members.
    pub(crate) async fn decide(
        &self,
        request: Request,
        session: &ChatSession,
        at: Time,
    ) -> Result<(Decision, Page), Refusal> {
        let accepted = accept(request, session)?;
        let room_id = &session.claims_even_if_over().room_id;
        let page = self.sockets.page(Audience::group(room_id));
        let (room, first) = tokio::try_join!(self.rooms.find(room_id), page)?;
        Ok((accepted.decide(room.as_ref(), at)?, first))
    }

    /// Counts a request, and asks the room's reviewer. A message counts against its room once nothing else can reject it.
    pub(crate) async fn admit(
        &self,
        decision: Decision,
        mut count: RequestCount<'_>,
        source_ip: &str,
    ) -> Result<Announcement, Refusal> {
        Ok(match decision {
            Decision::Moderate(announcement) => {
                count.request().await?;
                announcement
            }
            Decision::Send(message, rate) => {
                count.message(rate).await?;
                Announcement::from(message)
            }
            Decision::Review(message, rate, reviewer) => {
                count.review(rate).await?;
                let reviewed = self.reviewers.review(&reviewer, message, source_ip).await?;
                count.message(rate).await?;
                Announcement::from(reviewed)
            }
        })
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
