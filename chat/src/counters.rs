//! How much was requested within a second. The counters of a room and a second are one item, which expires by itself.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlor::{Aws, BoxError, ConnectionId, Error, log_warning, variable};
use sha2::{Digest, Sha256};

use crate::counter_table::{Added, CounterTable, Counts};
use crate::recent_excess::RecentExcess;
use crate::{RequestCount, Time};

/// Requests of one connection in a second (Amazon IVS Chat service quotas: "Rate of messaging requests per connection").
const REQUESTS_PER_CONNECTION: u64 = 10;

/// Requests of one connection in a second past which it is closed. Three times the limit lets a client that retries too
/// eagerly learn from its refusals.
const FLOOD: u64 = 3 * REQUESTS_PER_CONNECTION;

/// The number of seconds in a row, each with requests past the limit, at which a connection is closed: a client that has
/// ignored so many refusals does not learn from them.
const SECONDS_IN_EXCESS: u64 = 10;

/// The requests past the limit that make a flood.
const EXCESS_OF_FLOOD: u64 = FLOOD - REQUESTS_PER_CONNECTION + 1;

/// Calls of one operation in a second (Amazon IVS Chat service quotas: 100 each for SendEvent, DeleteMessage and
/// DisconnectUser).
pub const CALLS_PER_OPERATION: u64 = 100;

/// The counter of a room's messages. DynamoDB bills a write by the size of its item, names included, and writes one item with
/// up to 1,000 units a second (quotas, "partition throughput"): with names this short, about 500 connections.
const MESSAGES: &str = "m";
/// The counter of a room's messages that its reviewer was asked about.
const REVIEWS: &str = "r";
/// The counter of an operation's calls.
const CALLS: &str = "calls";
/// The counters of a connection that exceeds its limit: requests past it, seconds in a row, and 1 if a request closes it.
const EXCESS: &str = "excess";
const SECONDS: &str = "seconds";
const CLOSED: &str = "closed";

/// Bytes of a hash that name a connection's counter: 4 characters of base64. Of 500 connections, two share a counter in one
/// of 130 seconds, and other two in the next.
const NAME_BYTES: usize = 3;

/// The counters of a stack.
#[derive(Clone, Debug)]
pub struct Counters {
    table: CounterTable,
    recent_excess: Arc<RecentExcess>,
}

/// A connection and its counters of one second.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    room_id: &'a str,
    connection: &'a ConnectionId,
    /// `{room}#{second}`.
    item: String,
    counter: String,
    at: Time,
}

/// What a request means for its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseOfRoom {
    /// Nothing.
    None,
    /// It is a message.
    Message,
    /// It is a message that the room's reviewer must allow first.
    Review,
}

impl UseOfRoom {
    const fn amounts(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::None => &[],
            Self::Message => &[(MESSAGES, 1)],
            // Nothing is added to the messages, and the reply has their number.
            Self::Review => &[(MESSAGES, 0), (REVIEWS, 1)],
        }
    }
}

/// The counters of a room in a second, as far as a request has asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoomCounts {
    pub(crate) messages: u64,
    pub(crate) reviews: u64,
}

impl RoomCounts {
    fn of(counts: &Counts) -> Self {
        Self { messages: counts.of(MESSAGES), reviews: counts.of(REVIEWS) }
    }
}

/// A request as the counters of its second see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The connection is within its limit.
    Within(RoomCounts),
    /// The connection has exceeded its limit in this second.
    InExcess,
    /// This request closes the connection. One request of a second says so; two may if DynamoDB's reply is lost.
    Flood,
    /// An earlier request closed the connection.
    AfterFlood,
    /// DynamoDB throttled the counters: there are more requests in the room than one item accepts.
    Throttled,
}

impl Counters {
    /// The counters in `table`, whose only key is the text `counter`; DynamoDB expires items by `expiresAt`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: CounterTable::new(client, table.into()), recent_excess: Arc::default() }
    }

    /// The counters in the table that `COUNTERS_TABLE` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(aws.dynamodb().clone(), variable("COUNTERS_TABLE")?))
    }

    /// The counting of a request. It costs one write, and past the connection's limit a second one; the first of a second costs a
    /// read and a third.
    ///
    /// Nothing is counted twice, even if DynamoDB's reply is lost. A request may not be counted at all if DynamoDB fails.
    pub fn request<'a>(&'a self, room_id: &'a str, connection: &'a ConnectionId, at: Time) -> RequestCount<'a> {
        RequestCount::new(self, Subject::new(room_id, connection, at))
    }

    /// Counts a call of an operation, and returns whether it is one too many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_throttled(&self, operation: &str) -> Result<bool, Error> {
        let now = Time::now();
        match self.table.add(&item(operation, now), now, &[(CALLS, 1)], None).await? {
            Added::Done(counts) | Added::AtLimit(counts) | Added::Unknown(counts) => {
                Ok(counts.of(CALLS) > CALLS_PER_OPERATION)
            }
            Added::Throttled => Ok(true),
        }
    }

    pub(crate) fn has_seen_excess(&self, subject: &Subject<'_>) -> bool {
        self.recent_excess.includes(subject.connection, subject.at)
    }

    /// Counts a request of a connection, unless the connection has reached its limit, and with the same write what it means for its
    /// room.
    pub(crate) async fn count(&self, subject: &Subject<'_>, use_of_room: UseOfRoom) -> Result<Counted, Error> {
        let Subject { item, counter, connection, at, .. } = subject;
        if self.recent_excess.has_closed(connection, *at) {
            return Ok(Counted::AfterFlood);
        }
        let amounts = [&[(counter.as_str(), 1)], use_of_room.amounts()].concat();
        match self.table.add(item, *at, &amounts, Some((counter, REQUESTS_PER_CONNECTION))).await? {
            Added::Done(counts) => Ok(Counted::Within(RoomCounts::of(&counts))),
            // At the limit it may be this request that has reached it. Without its reply it is one too many.
            Added::Unknown(counts) if counts.of(counter) < REQUESTS_PER_CONNECTION => {
                Ok(Counted::Within(RoomCounts::of(&counts)))
            }
            // This may be another connection's counter of the same name, so the instance does not remember it.
            Added::AtLimit(counts) | Added::Unknown(counts) if counts.of(counter) > FLOOD => Ok(Counted::AfterFlood),
            Added::AtLimit(_) | Added::Unknown(_) => {
                let counted = self.count_excess(subject).await?;
                self.recent_excess.note(connection, counted, *at);
                Ok(counted)
            }
            Added::Throttled => Ok(Counted::Throttled),
        }
    }

    /// Counts what a request means for its room, after the request itself. `None` if DynamoDB throttles the counters.
    pub(crate) async fn count_in_room(
        &self,
        Subject { item, at, .. }: &Subject<'_>,
        use_of_room: UseOfRoom,
    ) -> Result<Option<RoomCounts>, Error> {
        Ok(match self.table.add(item, *at, use_of_room.amounts(), None).await? {
            Added::Done(counts) | Added::AtLimit(counts) | Added::Unknown(counts) => Some(RoomCounts::of(&counts)),
            Added::Throttled => None,
        })
    }

    /// Counts a request past the limit, in an item of the connection alone: it takes no write units from the room's.
    async fn count_excess(&self, subject: &Subject<'_>) -> Result<Counted, Error> {
        let Subject { connection, at, .. } = subject;
        let own = item(connection.as_str(), *at);
        // Nothing is added to two of them, and the reply has their values.
        let counts = match self.table.add(&own, *at, &[(EXCESS, 1), (SECONDS, 0), (CLOSED, 0)], None).await? {
            Added::Done(counts) | Added::AtLimit(counts) | Added::Unknown(counts) => counts,
            Added::Throttled => return Ok(Counted::Throttled),
        };
        if counts.of(CLOSED) > 0 {
            return Ok(Counted::AfterFlood);
        }
        let is_flood = counts.of(EXCESS) >= EXCESS_OF_FLOOD
            || match counts.of(SECONDS) {
                0 => self.seconds_in_excess(subject).await? >= SECONDS_IN_EXCESS,
                seconds => seconds >= SECONDS_IN_EXCESS,
            };
        if !is_flood {
            return Ok(Counted::InExcess);
        }
        match self.table.add(&own, *at, &[(CLOSED, 1)], Some((CLOSED, 1))).await? {
            // Closed twice is better than never.
            Added::Done(_) | Added::Unknown(_) => {}
            Added::AtLimit(_) => return Ok(Counted::AfterFlood),
            Added::Throttled => return Ok(Counted::InExcess),
        }
        // A frame that arrives before the connection is closed may belong to the next second.
        let next = Subject::new(subject.room_id, connection, at.second_after());
        tokio::join!(self.mark_closed(subject), self.mark_closed(&next));
        Ok(Counted::Flood)
    }

    /// Puts the room's counter of a connection past the flood, so that each later request of the second costs one write and no
    /// answer.
    async fn mark_closed(&self, Subject { item, counter, at, .. }: &Subject<'_>) {
        const PAST_FLOOD: i64 = FLOOD.cast_signed() + 1;
        const OUTCOME: &str = "later requests of a closed connection may be counted again";
        match self.table.add(item, *at, &[(counter, PAST_FLOOD)], None).await {
            Ok(Added::Done(_) | Added::AtLimit(_) | Added::Unknown(_)) => {}
            Ok(Added::Throttled) => log_warning(OUTCOME, &*BoxError::from("DynamoDB throttles the counters")),
            Err(error) => log_warning(OUTCOME, &error),
        }
    }

    /// Notes that the connection has been in excess in this second, and returns for how many in a row. It may be less than it
    /// is, if requests of two seconds are handled at the same time.
    async fn seconds_in_excess(&self, Subject { connection, at, .. }: &Subject<'_>) -> Result<u64, Error> {
        let before = self.table.read(&item(connection.as_str(), at.second_before())).await?;
        let seconds = before.of(SECONDS) + 1;
        let own = item(connection.as_str(), *at);
        self.table.add(&own, *at, &[(SECONDS, seconds.cast_signed())], Some((SECONDS, 1))).await?;
        Ok(seconds)
    }
}

impl<'a> Subject<'a> {
    fn new(room_id: &'a str, connection: &'a ConnectionId, at: Time) -> Self {
        let hash = Sha256::digest(item(connection.as_str(), at).as_bytes());
        let counter = URL_SAFE_NO_PAD.encode(hash.get(..NAME_BYTES).unwrap_or_default());
        Self { room_id, connection, item: item(room_id, at), counter, at }
    }
}

fn item(subject: &str, at: Time) -> String {
    format!("{subject}#{}", at.seconds())
}
