//! The counting of one request: against its connection, and once nothing else can reject its message, against its room.

use crate::counters::{Counted, RoomCounts, Subject, UseOfRoom};
use crate::{Counters, Refusal, RoomRate};

/// The reviews of a room in a second, for each message that the room accepts in it. Without a limit, members whose messages are
/// denied could use up the concurrency of the reviewer, and the room's fallback would decide about everything.
const REVIEWS_PER_MESSAGE: u64 = 10;

/// A request and its counters. Its methods count it at most once against its connection, unless one of them fails.
#[derive(Debug)]
pub struct RequestCount<'a> {
    counters: &'a Counters,
    subject: Subject<'a>,
    is_counted: bool,
}

impl<'a> RequestCount<'a> {
    pub(crate) fn new(counters: &'a Counters, subject: Subject<'a>) -> Self {
        Self { counters, subject, is_counted: false }
    }

    /// Whether the connection has exceeded its limit in this second, as far as this instance knows. If so, count the request before
    /// you read anything for it.
    pub fn is_suspect(&self) -> bool {
        self.counters.has_seen_excess(&self.subject)
    }

    /// Counts the request against its connection.
    ///
    /// # Errors
    /// The connection has exceeded its limit, or the database failed.
    pub async fn request(&mut self) -> Result<(), Refusal> {
        if !self.is_counted {
            self.count(UseOfRoom::None).await?;
        }
        Ok(())
    }

    /// Counts a message that the room's reviewer is going to be asked about. It does not take the place of another message: count it
    /// with [`RequestCount::message`] when it is allowed.
    ///
    /// # Errors
    /// The room is full, or has had too many reviews in this second; or as [`RequestCount::request`].
    pub async fn review(&mut self, rate: RoomRate) -> Result<(), Refusal> {
        let counts = self.count(UseOfRoom::Review).await?;
        let rate = u64::from(rate.0);
        let is_full = counts.messages >= rate || counts.reviews > rate.saturating_mul(REVIEWS_PER_MESSAGE);
        if is_full { Err(Refusal::RoomTooBusy) } else { Ok(()) }
    }

    /// Counts a message against its room, and its request against its connection. That is one write, or two if the request was
    /// counted before.
    ///
    /// # Errors
    /// The room is full; or as [`RequestCount::request`].
    pub async fn message(mut self, rate: RoomRate) -> Result<(), Refusal> {
        let counts = self.count(UseOfRoom::Message).await?;
        if counts.messages > u64::from(rate.0) { Err(Refusal::RoomTooBusy) } else { Ok(()) }
    }

    async fn count(&mut self, use_of_room: UseOfRoom) -> Result<RoomCounts, Refusal> {
        if self.is_counted {
            return self.counters.count_in_room(&self.subject, use_of_room).await?.ok_or(Refusal::RoomTooBusy);
        }
        match self.counters.count(&self.subject, use_of_room).await? {
            Counted::Within(counts) => {
                self.is_counted = true;
                Ok(counts)
            }
            Counted::InExcess => Err(Refusal::TooManyRequests),
            Counted::Flood => Err(Refusal::Flood),
            Counted::AfterFlood => Err(Refusal::AfterFlood),
            Counted::Throttled => Err(Refusal::RoomTooBusy),
        }
    }
}
