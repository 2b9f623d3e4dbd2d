//! How much was requested within a second. The counters of a room and a second are one item, which expires by itself.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlor::{Aws, ConnectionId, Error, log_warning, variable};
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

/// The first request of a second past the limit of its connection, and the first of a flood.
const FIRST_IN_EXCESS: u64 = REQUESTS_PER_CONNECTION + 1;
const FIRST_OF_FLOOD: u64 = FLOOD + 1;

/// Calls of one operation in a second (Amazon IVS Chat service quotas: 100 each for SendEvent, DeleteMessage and
/// DisconnectUser).
pub const CALLS_PER_OPERATION: u64 = 100;

/// The counter of a room's messages. DynamoDB bills a write by the size of its item, names included, and writes one item with
/// up to 1,000 units a second (quotas, "partition throughput"): with names this short, about 500 connections.
const MESSAGES: &str = "m";
/// The counter of an operation's calls.
const CALLS: &str = "calls";
/// The counter of the seconds in a row that a connection has been in excess.
const SECONDS: &str = "seconds";

/// Bytes of a hash that name a connection's counter: 4 characters of base64. Of 500 connections, two share a counter in one
/// of 130 seconds.
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
        let subject = Subject { connection, item: item(room_id, at), counter: counter_of(connection), at };
        let counted =
            if is_message { self.count_message(&subject).await? } else { self.count_request(&subject).await? };
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
        if let Err(error) = self.table.add(&item(room_id, at), at, &[(MESSAGES, -1)], None).await {
            log_warning("a rejected message still counts against its room", &error);
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

    /// Counts a message, unless its connection has reached its limit: what exceeds that counts against the connection alone.
    async fn count_message(&self, subject: &Subject<'_>) -> Result<Counted, Error> {
        let Subject { item, counter, at, .. } = subject;
        let limit = Some((counter.as_str(), REQUESTS_PER_CONNECTION));
        match self.table.add(item, *at, &[(MESSAGES, 1), (counter, 1)], limit).await? {
            Added::Done(counts) => Ok(Counted::Within { room_messages: counts.of(MESSAGES) }),
            Added::AtLimit(counts) if counts.of(counter) > FLOOD => Ok(Counted::AfterFlood),
            Added::AtLimit(_) => self.count_request(subject).await,
            Added::Throttled => Ok(Counted::Throttled),
        }
    }

    async fn count_request(&self, subject: &Subject<'_>) -> Result<Counted, Error> {
        let Subject { item, counter, at, .. } = subject;
        match self.table.add(item, *at, &[(counter, 1)], None).await? {
            Added::Done(counts) | Added::AtLimit(counts) => match counts.of(counter) {
                FIRST_IN_EXCESS => self.begin_excess(subject).await,
                FIRST_OF_FLOOD => Ok(Counted::Flood),
                requests if requests <= REQUESTS_PER_CONNECTION => Ok(Counted::Within { room_messages: 0 }),
                requests if requests <= FLOOD => Ok(Counted::InExcess),
                _ => Ok(Counted::AfterFlood),
            },
            Added::Throttled => Ok(Counted::Throttled),
        }
    }

    /// Decides on a connection that exceeds its limit for the first time in this second.
    async fn begin_excess(&self, subject: &Subject<'_>) -> Result<Counted, Error> {
        if self.seconds_in_excess(subject).await? < SECONDS_IN_EXCESS {
            return Ok(Counted::InExcess);
        }
        // So that the later requests of this second come after a flood.
        self.table.add(&subject.item, subject.at, &[(&subject.counter, FLOOD.cast_signed())], None).await?;
        Ok(Counted::Flood)
    }

    /// Notes that the connection has been in excess in this second, and returns for how many in a row.
    async fn seconds_in_excess(&self, Subject { connection, at, .. }: &Subject<'_>) -> Result<u64, Error> {
        let before = self.table.read(&item(connection.as_str(), at.second_before())).await?;
        let seconds = before.of(SECONDS) + 1;
        self.table.add(&item(connection.as_str(), *at), *at, &[(SECONDS, seconds.cast_signed())], None).await?;
        Ok(seconds)
    }
}

fn item(subject: &str, at: Time) -> String {
    format!("{subject}#{}", at.seconds())
}

fn counter_of(connection: &ConnectionId) -> String {
    let hash = Sha256::digest(connection.as_str().as_bytes());
    URL_SAFE_NO_PAD.encode(hash.get(..NAME_BYTES).unwrap_or_default())
}
