//! The table of connections: register, unregister, page through an audience, scan everything.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemOutput;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use crate::connection::{CONNECTED_AT, GROUP, MEMBER, Row, key, member_prefix, settled_before};
use crate::directory_entry::{connection_of, is_entry};
use crate::logging::Chain;
use crate::pause::pause;
use crate::{BoxError, Connection, ConnectionId, Error, Page, PageStart};

/// Rows of one page. Forty rows of 200 bytes cost two read units, a full page about five.
const PAGE_ROWS: i32 = 100;

/// How often a transaction is repeated that met another one on the same item, and the shortest pause before the first
/// repetition; it doubles. The other transaction takes milliseconds.
const CONFLICT_ATTEMPTS: u32 = 5;
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);

/// The result of registering a connection together with a guard.
///
/// ```
/// use aws_sdk_dynamodb::types::TransactWriteItem;
/// use parlor::{Connection, Error, RegisterOutcome, Response, Sockets};
///
/// /// Redeems a ticket and registers the connection, or does neither.
/// async fn admit(sockets: &Sockets, connection: &Connection, ticket: TransactWriteItem) -> Result<Response, Error> {
///     match sockets.register_if(connection, ticket).await? {
///         RegisterOutcome::Registered => Ok(Response::ok()),
///         RegisterOutcome::Rejected => Ok(Response::unauthorized()),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterOutcome {
    /// Both writes happened.
    Registered,
    /// The guard's condition did not hold, and nothing was written.
    Rejected,
}

/// Some of all connections, also those that have ended.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) connections: Vec<Connection>,
    /// Where the segment continues, if it may.
    pub(crate) next: Option<ScanStart>,
}

/// Where a part of a scan begins.
#[derive(Debug)]
pub(crate) struct ScanStart {
    segment: i32,
    segments: i32,
    after: Option<Row>,
}

impl ScanStart {
    /// The beginning of one of so many segments; the first is segment 0.
    pub(crate) fn of_segment(segment: i32, segments: i32) -> Self {
        Self { segment, segments, after: None }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Connections {
    pub(crate) async fn register(&self, connection: &Connection) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(connection.to_row()));
        let written = Box::pin(put.send()).await;
        written.map(drop).map_err(|error| Error::database("register a connection")(error.into()))
    }

    pub(crate) async fn register_if(
        &self,
        connection: &Connection,
        guard: TransactWriteItem,
    ) -> Result<RegisterOutcome, Error> {
        let failed = Error::database("register a connection");
        let put = match Put::builder().table_name(&self.table).set_item(Some(connection.to_row())).build() {
            Ok(put) => TransactWriteItem::builder().put(put).build(),
            Err(error) => return Err(failed(error.into())),
        };
        let transaction = self.client.transact_write_items().transact_items(guard).transact_items(put);
        match commit(transaction).await {
            Ok(Committed::Done) => Ok(RegisterOutcome::Registered),
            Ok(Committed::Rejected) => Ok(RegisterOutcome::Rejected),
            Err(error) => Err(failed(error)),
        }
    }

    pub(crate) async fn unregister(&self, group: &str, member: &str, id: &ConnectionId) -> Result<(), Error> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(group, member, id)));
        self.delete(delete).await.map(drop)
    }

    /// Deletes an item, again if a transaction was changing it.
    pub(crate) async fn delete(&self, delete: DeleteItemFluentBuilder) -> Result<DeleteItemOutput, Error> {
        let mut attempt = 0;
        loop {
            let error = match Box::pin(delete.clone().send()).await {
                Ok(deleted) => return Ok(deleted),
                Err(error) => error,
            };
            if attempt == CONFLICT_ATTEMPTS || error.code() != Some("TransactionConflictException") {
                return Err(Error::database("unregister a connection")(error.into()));
            }
            pause(CONFLICT_PAUSE * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }

    /// Deletes a connection's row if its handshake must be over. The condition is checked by the database, because the row
    /// may be another one by now.
    pub(crate) async fn unregister_settled(&self, connection: &Connection) -> Result<(), Error> {
        let settled_before = settled_before(SystemTime::now()).to_string();
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(&connection.group, &connection.member, &connection.peer.id)))
            .condition_expression("#connectedAt < :settledBefore")
            .expression_attribute_names("#connectedAt", CONNECTED_AT)
            .expression_attribute_values(":settledBefore", AttributeValue::N(settled_before));
        match Box::pin(delete.send()).await {
            Ok(_deleted) => Ok(()),
            // The row does not exist any more, or was written again meanwhile.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::database("unregister a connection")(error.into())),
        }
    }

    pub(crate) async fn page(&self, start: PageStart) -> Result<Page, Error> {
        let PageStart { audience, after } = start;
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(PAGE_ROWS)
            .set_exclusive_start_key(after)
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
            Err(error) => return Err(Error::database("read a group")(error.into())),
        };
        let rows = answer.items().iter().filter(|item| !is_entry(item));
        let connections = rows.filter_map(|row| readable(Connection::from_row(row)));
        let connections = connections.filter(|connection| !connection.is_over()).collect();
        let next = answer.last_evaluated_key.map(|row| PageStart { audience, after: Some(row) });
        Ok(Page { connections, next })
    }

    /// Continues a segment of the complete table, and returns a connection of the directory by its entry, not by its rows.
    /// The read is eventually consistent, at half the price: a connection that has just been opened needs nothing yet.
    pub(crate) async fn scan(&self, start: ScanStart) -> Result<Scanned, Error> {
        let ScanStart { segment, segments, after } = start;
        let scan = self.client.scan().table_name(&self.table).segment(segment).total_segments(segments);
        let answer = match Box::pin(scan.limit(PAGE_ROWS).set_exclusive_start_key(after).send()).await {
            Ok(answer) => answer,
            Err(error) => return Err(Error::database("read all connections")(error.into())),
        };
        let connections = answer.items().iter().filter_map(|item| match is_entry(item) {
            true => readable(connection_of(item)),
            false => readable(Connection::from_row(item)).filter(|connection| !connection.in_directory),
        });
        let connections = connections.collect();
        let next = answer.last_evaluated_key.map(|row| ScanStart { segment, segments, after: Some(row) });
        Ok(Scanned { connections, next })
    }
}

/// The result of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    Done,
    /// The condition of the first item did not hold, and nothing was written.
    Rejected,
}

impl Committed {
    pub(crate) fn is_done(self) -> bool {
        self == Self::Done
    }
}

/// Commits a transaction, again if it met another one.
pub(crate) async fn commit(transaction: TransactWriteItemsFluentBuilder) -> Result<Committed, BoxError> {
    let mut attempt = 0;
    loop {
        let Err(error) = Box::pin(transaction.clone().send()).await else { return Ok(Committed::Done) };
        let codes: Vec<_> = error.as_service_error().map(cancellation_codes).unwrap_or_default();
        if codes.first() == Some(&"ConditionalCheckFailed") {
            return Ok(Committed::Rejected);
        }
        // An item is being changed, which does not mean that the change succeeds.
        if attempt == CONFLICT_ATTEMPTS || !codes.contains(&"TransactionConflict") {
            return Err(error.into());
        }
        pause(CONFLICT_PAUSE * 2_u32.pow(attempt)).await;
        attempt += 1;
    }
}

fn cancellation_codes(error: &TransactWriteItemsError) -> Vec<&str> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return Vec::new() };
    cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default()).collect()
}

/// One row that cannot be read must not silence its complete group.
fn readable(connection: Result<Connection, Error>) -> Option<Connection> {
    connection.inspect_err(|error| tracing::warn!(cause = %Chain(error), "a connection was skipped")).ok()
}
