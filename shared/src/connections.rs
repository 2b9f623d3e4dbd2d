//! The table of connections: remember, forget, page through an audience.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use crate::aws::{Aws, variable};
use crate::connection::{CONNECTED_AT, GROUP, MEMBER, Row, key, member_prefix};
use crate::logging::Chain;
use crate::{Connection, ConnectionId, Error};

/// Rows of one page. Forty rows of 200 bytes cost two read units, a full page about five.
const PAGE_ROWS: i32 = 100;

/// How often a transaction is tried again that met another on the same item. The other takes milliseconds.
const CONFLICT_ATTEMPTS: usize = 3;

/// How old a connection must be for a 410 to mean that it is gone. Its row exists before API Gateway finishes the
/// handshake, and a post in that window answers 410: the integration limit of 29 s, and some slack.
const SETTLED_AFTER: Duration = Duration::from_secs(30);

/// Whose connections are meant.
#[derive(Clone, Debug)]
pub struct Audience {
    pub(crate) group: String,
    pub(crate) member: Option<String>,
}

impl Audience {
    /// Everybody in a group.
    pub fn group(group: impl Into<String>) -> Self {
        Self { group: group.into(), member: None }
    }

    /// All connections of one member of a group.
    pub fn member(group: impl Into<String>, member: impl Into<String>) -> Self {
        Self { group: group.into(), member: Some(member.into()) }
    }
}

impl Audience {
    pub(crate) fn includes(&self, connection: &Connection) -> bool {
        self.group == connection.group && self.member.as_ref().is_none_or(|member| *member == connection.member)
    }
}

/// Some of an audience's connections.
#[derive(Debug)]
pub struct Page {
    /// The group that they belong to.
    pub(crate) group: String,
    /// Those that may still be sent something.
    pub connections: Vec<Connection>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PageStart>,
}

/// Where a page begins.
#[derive(Debug)]
pub struct PageStart {
    audience: Audience,
    row: Option<Row>,
}

impl From<Audience> for PageStart {
    fn from(audience: Audience) -> Self {
        Self { audience, row: None }
    }
}

impl PageStart {
    /// The group and the member of the audience, and the sort key after which the page begins.
    pub(crate) fn into_parts(self) -> (String, Option<String>, Option<String>) {
        let after = self.row.and_then(|mut row| match row.remove(MEMBER) {
            Some(AttributeValue::S(sort_key)) => Some(sort_key),
            _ => None,
        });
        (self.audience.group, self.audience.member, after)
    }

    /// A page that begins after a sort key, or at the beginning.
    pub(crate) fn from_parts(group: &str, member: Option<String>, after: Option<String>) -> Self {
        let row = after.map(|sort_key| {
            Row::from([
                (GROUP.to_owned(), AttributeValue::S(group.to_owned())),
                (MEMBER.to_owned(), AttributeValue::S(sort_key)),
            ])
        });
        Self { audience: Audience { group: group.to_owned(), member }, row }
    }
}

/// Some of all connections, those that are over among them.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) connections: Vec<Connection>,
    /// Where the segment goes on, if it may.
    pub(crate) next: Option<PartStart>,
}

/// Where a part of the table begins.
#[derive(Debug)]
pub(crate) struct PartStart {
    segment: i32,
    segments: i32,
    row: Option<Row>,
}

impl PartStart {
    /// The beginning of a segment of as many; the first is segment 0.
    pub(crate) fn of_segment(segment: i32, segments: i32) -> Self {
        Self { segment, segments, row: None }
    }
}

/// Whether a connection was written together with what guards it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Both writes happened.
    Yes,
    /// The guard's condition did not hold: nothing was written.
    Refused,
}

#[derive(Clone, Debug)]
pub(crate) struct Connections {
    client: Client,
    table: String,
}

impl Connections {
    pub(crate) fn new(aws: &Aws) -> Result<Self, Error> {
        Ok(Self { client: aws.dynamodb().clone(), table: variable("CONNECTIONS_TABLE")? })
    }

    pub(crate) async fn remember(&self, connection: &Connection) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(connection.to_row()));
        let written = Box::pin(put.send()).await;
        written.map(drop).map_err(|error| Error::database("remember a connection")(error.into()))
    }

    pub(crate) async fn remember_with(
        &self,
        connection: &Connection,
        guard: TransactWriteItem,
    ) -> Result<Remembered, Error> {
        let failed = |source| Err(Error::database("remember a connection")(source));
        let put = match Put::builder().table_name(&self.table).set_item(Some(connection.to_row())).build() {
            Ok(put) => TransactWriteItem::builder().put(put).build(),
            Err(error) => return failed(error.into()),
        };
        let transaction = self.client.transact_write_items().transact_items(guard).transact_items(put);
        let mut attempts = 0..CONFLICT_ATTEMPTS;
        loop {
            let Err(error) = Box::pin(transaction.clone().send()).await else { return Ok(Remembered::Yes) };
            match error.as_service_error().and_then(guard_code) {
                Some("ConditionalCheckFailed") => return Ok(Remembered::Refused),
                // Somebody else is changing the item, which does not say that they will succeed.
                Some("TransactionConflict") if attempts.next().is_some() => {}
                _ => return failed(error.into()),
            }
        }
    }

    pub(crate) async fn forget(&self, group: &str, member: &str, id: &ConnectionId) -> Result<(), Error> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(group, member, id)));
        let deleted = Box::pin(delete.send()).await;
        deleted.map(drop).map_err(|error| Error::database("forget a connection")(error.into()))
    }

    /// Forgets a connection that answered 410 when its handshake was over.
    pub(crate) async fn forget_settled(&self, connection: &Connection) -> Result<(), Error> {
        let settled = settled_before(SystemTime::now());
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(&connection.group, &connection.member, &connection.peer.id)))
            .condition_expression("#connectedAt < :settled")
            .expression_attribute_names("#connectedAt", CONNECTED_AT)
            .expression_attribute_values(":settled", AttributeValue::N(settled.to_string()));
        match Box::pin(delete.send()).await {
            Ok(_deleted) => Ok(()),
            // Somebody else forgot it.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::database("forget a connection")(error.into())),
        }
    }

    pub(crate) async fn page(&self, start: PageStart) -> Result<Page, Error> {
        let PageStart { audience, row } = start;
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(PAGE_ROWS)
            .set_exclusive_start_key(row)
            .expression_attribute_names("#group", GROUP)
            .expression_attribute_values(":group", AttributeValue::S(audience.group.clone()));
        query = match &audience.member {
            None => query.key_condition_expression("#group = :group"),
            Some(member) => query
                .key_condition_expression("#group = :group AND begins_with(#member, :member)")
                .expression_attribute_names("#member", MEMBER)
                .expression_attribute_values(":member", AttributeValue::S(member_prefix(member))),
        };
        let answer = match Box::pin(query.send()).await {
            Ok(answer) => answer,
            Err(error) => return Err(Error::database("read an audience")(error.into())),
        };
        let connections =
            answer.items().iter().filter_map(readable).filter(|connection| !connection.is_over()).collect();
        let group = audience.group.clone();
        let next = answer.last_evaluated_key.map(|row| PageStart { audience, row: Some(row) });
        Ok(Page { group, connections, next })
    }

    /// Reads on in a segment of the whole table. The read is eventually consistent, at half the price: whoever has just come
    /// needs nothing yet.
    pub(crate) async fn part(&self, start: PartStart) -> Result<Part, Error> {
        let PartStart { segment, segments, row } = start;
        let scan = self.client.scan().table_name(&self.table).segment(segment).total_segments(segments);
        let answer = match Box::pin(scan.limit(PAGE_ROWS).set_exclusive_start_key(row).send()).await {
            Ok(answer) => answer,
            Err(error) => return Err(Error::database("read all connections")(error.into())),
        };
        let connections = answer.items().iter().filter_map(readable).collect();
        let next = answer.last_evaluated_key.map(|row| PartStart { segment, segments, row: Some(row) });
        Ok(Part { connections, next })
    }
}

impl Connection {
    /// Whether its handshake must be over, one way or the other.
    pub(crate) fn is_settled(&self) -> bool {
        self.was_settled(SystemTime::now())
    }

    /// Whether its handshake must have been over at that time.
    pub(crate) fn was_settled(&self, at: SystemTime) -> bool {
        u128::from(self.connected_at) < settled_before(at)
    }
}

/// Connections of before this time, in milliseconds since the epoch, are settled `at` that one.
fn settled_before(at: SystemTime) -> u128 {
    let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    at.saturating_sub(SETTLED_AFTER).as_millis()
}

/// One row that cannot be read must not silence its whole group.
fn readable(row: &Row) -> Option<Connection> {
    Connection::from_row(row)
        .inspect_err(|error| tracing::warn!(cause = %Chain(error), "a connection was left out"))
        .ok()
}

/// Why the guard, which is the first of the transaction's items, was not written.
fn guard_code(error: &TransactWriteItemsError) -> Option<&str> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return None };
    cancelled.cancellation_reasons().first().and_then(|reason| reason.code())
}
