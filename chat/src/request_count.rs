//! The counting of one request: against its connection, and once it is a message for everybody, against its room.

use crate::counters::{Counted, Subject};
use crate::{Counters, Refusal, RoomRate};

/// A request and its counters. It counts once, however often it is asked to.
#[derive(Debug)]
pub struct RequestCount<'a> {
    counters: &'a Counters,
    subject: Subject<'a>,
    /// The messages of the room, as the write found them that counted this request.
    room_messages: Option<u64>,
}

impl<'a> RequestCount<'a> {
    pub(crate) fn new(counters: &'a Counters, subject: Subject<'a>) -> Self {
        Self { counters, subject, room_messages: None }
    }

    /// Whether the connection has exceeded its limit lately, as far as this instance knows. If so, count the request before you
    /// read anything for it.
    pub fn is_suspect(&self) -> bool {
        self.counters.has_seen_excess(&self.subject)
    }

    /// Counts the request against its connection.
    ///
    /// # Errors
    /// The connection has exceeded its limit, or the database failed.
    pub async fn request(&mut self) -> Result<(), Refusal> {
        if self.room_messages.is_none() {
            self.room_messages = Some(self.count(false).await?);
        }
        Ok(())
    }

    /// Counts the request against its connection, and rejects a message for a room that has no place for another one in this
    /// second. The message does not take the place: count it with [`RequestCount::message`].
    ///
    /// # Errors
    /// The room is full, the connection has exceeded its limit, or the database failed.
    pub async fn candidate(&mut self, rate: RoomRate) -> Result<(), Refusal> {
        self.request().await?;
        match self.room_messages {
            Some(others) if others >= u64::from(rate.0) => Err(Refusal::RoomTooBusy),
            _ => Ok(()),
        }
    }

    /// Counts a message against its room, and its request against its connection. That is one write, or two if the request was
    /// counted before.
    ///
    /// # Errors
    /// The room is full, the connection has exceeded its limit, or the database failed.
    pub async fn message(mut self, rate: RoomRate) -> Result<(), Refusal> {
        let messages = match self.room_messages.take() {
            None => self.count(true).await?,
            Some(_) => self.counters.count_message(&self.subject).await?.ok_or(Refusal::RoomTooBusy)?,
        };
        if messages > u64::from(rate.0) { Err(Refusal::RoomTooBusy) } else { Ok(()) }
    }

    async fn count(&self, is_message: bool) -> Result<u64, Refusal> {
        match self.counters.count(&self.subject, is_message).await? {
            Counted::Within { room_messages } => Ok(room_messages),
            Counted::InExcess => Err(Refusal::TooManyRequests),
            Counted::Flood => Err(Refusal::Flood),
            Counted::AfterFlood => Err(Refusal::AfterFlood),
            Counted::Throttled => Err(Refusal::RoomTooBusy),
        }
    }
}
