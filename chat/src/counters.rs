//! How much was requested within a second. The counters of a room and a second are one item, which expires by itself.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlor::{Aws, BoxError, ConnectionId, Error, log_warning, variable};
use sha2::{Digest, Sha256};

use crate::counter_table::{Added, CounterTable};
use crate::recent_excess::RecentExcess;
use crate::{Counted, Time};

/// Requests of one connection in a second (Amazon IVS Chat service quotas: "Rate of messaging requests per connection").
const REQUESTS_PER_CONNECTION: u64 = 10;

/// Requests of one connection in a second past which it is closed. Three times the limit lets a client that retries too
/// eagerly learn from its refusals.
const FLOOD: u64 = 3 * REQUESTS_PER_CONNECTION;

/// The number of seconds in a row, each with requests past the limit, at which a connection is closed: a client that has
/// ignored so many refusals does not learn from them.
const SECONDS_IN_EXCESS: u64 = 10;

/// The first request of a flood, counted from the first request past the limit.
const FIRST_OF_FLOOD: u64 = FLOOD - REQUESTS_PER_CONNECTION + 1;

/// Calls of one operation in a second (Amazon IVS Chat service quotas: 100 each for SendEvent, DeleteMessage and
/// DisconnectUser).
pub const CALLS_PER_OPERATION: u64 = 100;

/// The counter of a room's messages. DynamoDB bills a write by the size of its item, names included, and writes one item with
/// up to 1,000 units a second (quotas, "partition throughput"): with names this short, about 500 connections.
const MESSAGES: &str = "m";
/// The counter of an operation's calls.
const CALLS: &str = "calls";
/// The counters of a connection that exceeds its limit: requests past it, and seconds in a row.
const EXCESS: &str = "excess";
const SECONDS: &str = "seconds";

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
struct Subject<'a> {
    connection: &'a ConnectionId,
    /// `{room}#{second}`.
    item: String,
    counter: String,
    at: Time,
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

    /// Counts a request of a connection, and a message of its room if it is one. That is one write, and a second one past the
    /// connection's limit. After a flood it is one write for each instance, and none for the rest of the second.
    ///
    /// Nothing is counted twice, even if DynamoDB's reply is lost. A request may not be counted at all if DynamoDB fails.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(
        &self,
        room_id: &str,
        connection: &ConnectionId,
        is_message: bool,
        at: Time,
    ) -> Result<Counted, Error> {
        if self.recent_excess.has_closed(connection, at) {
            return Ok(Counted::AfterFlood);
        }
        let counted = self.count_within(&Subject::new(room_id, connection, at), is_message).await?;
        self.recent_excess.note(connection, counted, at);
        Ok(counted)
    }

    /// Whether this instance has seen the connection exceed its limit lately: then count its request before you read
    /// anything for it.
    pub fn has_seen_excess(&self, connection: &ConnectionId, at: Time) -> bool {
        self.recent_excess.includes(connection, at)
    }

    /// Takes a message out of the count of its room, which has rejected the content: it only counts against its sender.
    pub async fn give_back(&self, room_id: &str, at: Time) {
        const OUTCOME: &str = "a rejected message still counts against its room";
        match self.table.add(&item(room_id, at), at, &[(MESSAGES, -1)], None).await {
            Ok(Added::Done(_) | Added::AtLimit(_)) => {}
            Ok(Added::Throttled) => log_warning(OUTCOME, &*BoxError::from("DynamoDB throttles its counters")),
            Err(error) => log_warning(OUTCOME, &error),
        }
    }

    /// Counts a call of an operation, and returns whether it is one too many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_throttled(&self, operation: &str) -> Result<bool, Error> {
        let now = Time::now();
        match self.table.add(&item(operation, now), now, &[(CALLS, 1)], None).await? {
            Added::Done(counts) | Added::AtLimit(counts) => Ok(counts.of(CALLS) > CALLS_PER_OPERATION),
            Added::Throttled => Ok(true),
        }
    }

    /// Counts a request, unless its connection has reached its limit.
    async fn count_within(&self, subject: &Subject<'_>, is_message: bool) -> Result<Counted, Error> {
        let Subject { item, counter, at, .. } = subject;
        let amounts = [(counter.as_str(), 1), (MESSAGES, 1)];
        let amounts = if is_message { &amounts[..] } else { &amounts[..1] };
        match self.table.add(item, *at, amounts, Some((counter, REQUESTS_PER_CONNECTION))).await? {
            Added::Done(counts) if is_message => Ok(Counted::Within { room_messages: counts.of(MESSAGES) }),
            Added::Done(_) => Ok(Counted::Within { room_messages: 0 }),
            Added::AtLimit(counts) if counts.of(counter) > FLOOD => Ok(Counted::AfterFlood),
            Added::AtLimit(_) => self.count_excess(subject).await,
            Added::Throttled => Ok(Counted::Throttled),
        }
    }

    /// Counts a request past the limit, in an item of the connection alone: it takes no write units from the room's.
    async fn count_excess(&self, subject: &Subject<'_>) -> Result<Counted, Error> {
        let Subject { connection, at, .. } = subject;
        let excess = match self.table.add(&item(connection.as_str(), *at), *at, &[(EXCESS, 1)], None).await? {
            Added::Done(counts) | Added::AtLimit(counts) => counts.of(EXCESS),
            Added::Throttled => return Ok(Counted::Throttled),
        };
        let is_flood = match excess {
            1 => self.seconds_in_excess(subject).await? >= SECONDS_IN_EXCESS,
            FIRST_OF_FLOOD => true,
            excess if excess > FIRST_OF_FLOOD => return Ok(Counted::AfterFlood),
            _ => false,
        };
        if !is_flood {
            return Ok(Counted::InExcess);
        }
        // Later requests of this second find the room's counter past the flood, with one write each.
        self.table.add(&subject.item, *at, &[(&subject.counter, FLOOD.cast_signed())], None).await?;
        Ok(Counted::Flood)
    }

    /// Notes that the connection has been in excess in this second, and returns for how many in a row. It may be less than it
    /// is, if requests of two seconds are handled at the same time.
    async fn seconds_in_excess(&self, Subject { connection, at, .. }: &Subject<'_>) -> Result<u64, Error> {
        let before = self.table.read(&item(connection.as_str(), at.second_before())).await?;
        let seconds = before.of(SECONDS) + 1;
        self.table.add(&item(connection.as_str(), *at), *at, &[(SECONDS, seconds.cast_signed())], None).await?;
        Ok(seconds)
    }
}

impl<'a> Subject<'a> {
    fn new(room_id: &str, connection: &'a ConnectionId, at: Time) -> Self {
        let hash = Sha256::digest(item(connection.as_str(), at).as_bytes());
        let counter = URL_SAFE_NO_PAD.encode(hash.get(..NAME_BYTES).unwrap_or_default());
        Self { connection, item: item(room_id, at), counter, at }
    }
}

fn item(subject: &str, at: Time) -> String {
    format!("{subject}#{}", at.seconds())
}
