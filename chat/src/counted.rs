//! What the counters say about a request, and what follows from it.

use crate::{Refusal, Room};

/// A request as the counters of its second see it. Only a request within the limit of its connection counts as a message of
/// the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The connection is within its limit.
    Within {
        /// Messages of the room in this second, this one included; 0 if the request is not a message.
        room_messages: u64,
    },
    /// The connection has exceeded its limit in this second.
    InExcess,
    /// The connection must be closed. One request of a second says so; two may if DynamoDB fails.
    Flood,
    /// An earlier request of this second closed the connection.
    AfterFlood,
    /// DynamoDB throttled the counters: there are more requests in the room than one item takes.
    Throttled,
}

impl Counted {
    /// Refuses a request that its connection may not make. Returns the messages of the room in this second.
    ///
    /// # Errors
    /// The refusal to show to the client.
    pub fn admit(self) -> Result<RoomMessages, Refusal> {
        match self {
            Self::Within { room_messages } => Ok(RoomMessages(room_messages)),
            Self::InExcess => Err(Refusal::TooManyRequests),
            Self::Flood => Err(Refusal::Flood),
            Self::AfterFlood => Err(Refusal::AfterFlood),
            Self::Throttled => Err(Refusal::RoomTooBusy),
        }
    }
}

/// The messages of a room in a second, that of an admitted request included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMessages(u64);

impl RoomMessages {
    pub(crate) fn admit(self, room: &Room) -> Result<(), Refusal> {
        if self.0 > u64::from(room.maximum_message_rate_per_second) { Err(Refusal::RoomTooBusy) } else { Ok(()) }
    }
}
