//! The directory: finds a connection by its id, and keeps it in several groups.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;

use crate::connection::{ATTRIBUTES, key};
use crate::connections::{Connections, commit};
use crate::directory_entry::{MEMBERSHIPS, entry_key, from_entry, membership, to_entry};
use crate::{BoxError, Connection, ConnectionId, Error};

/// The most groups of one connection. A change of its attributes writes all its rows and its entry in one transaction, which
/// DynamoDB limits to 100 items.
pub const MAX_GROUPS: usize = 99;

/// Rows that are deleted at the same time.
const DELETES_AT_ONCE: usize = 16;

/// Connections that can be found by their id, that move between groups, or that belong to several.
///
/// API Gateway's events have nothing but a connection id. The directory keeps one more item for a connection, with its
/// groups and its attributes, so that a message or a `$disconnect` needs no other way to know whose it is. Connections
/// that are registered with [`Sockets::register`](crate::Sockets::register) are not in it, and do not pay for it.
///
/// | call | units of DynamoDB, for items below 1 KB |
/// |---|---|
/// | [`register`](Self::register) | 2 write |
/// | [`find`](Self::find) | 1 read |
/// | [`join`](Self::join), [`leave`](Self::leave) | 4 write, in one transaction |
/// | [`move_to`](Self::move_to) | 6 write, in one transaction |
/// | [`unregister`](Self::unregister) | 1 write, and 1 for each group |
///
/// The function's role needs `dynamodb:GetItem`, `PutItem`, `UpdateItem` and `DeleteItem`, as far as it uses them.
///
/// ```
/// use parlor::{Connect, Connection, Error, JoinOutcome, Message, Response, Sockets};
///
/// async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
///     sockets.directory().register(&Connection::new(&connect, "lobby", "ada")).await?;
///     Ok(Response::ok())
/// }
///
/// /// The body of the message is the name of the match.
/// async fn on_join(sockets: &Sockets, message: Message) -> Result<Response, Error> {
///     let directory = sockets.directory();
///     if let Some(player) = directory.find(&message.peer.id).await?.pop() {
///         if let JoinOutcome::Joined(player) = directory.move_to(player, message.body()).await? {
///             sockets.group(&player.group).except(&player.peer).send("a player joined").await?;
///         }
///     }
///     Ok(Response::ok())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a> {
    connections: &'a Connections,
}

/// The result of adding a connection to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// The connection, in the group.
    Joined(Connection),
    /// The directory does not have the connection, or not in the group that it was to leave: it has disconnected, or has
    /// moved, at the same time.
    NotRegistered,
    /// The connection belongs to [`MAX_GROUPS`] groups already.
    TooManyGroups,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(connections: &'a Connections) -> Self {
        Self { connections }
    }

    /// Registers a connection in its first group, at `$connect`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register(&self, connection: &Connection) -> Result<(), Error> {
        let connection = Connection { in_directory: true, ..connection.clone() };
        let (row, entry) = (connection.to_row(), to_entry(&connection));
        // Not a transaction, which costs twice as much: if one of the two fails, so does the handshake, and what was written
        // expires like any row whose connection never opened.
        tokio::try_join!(self.connections.put(row), self.connections.put(entry)).map(drop)
    }

    /// The connection in each of its groups, in the order of their names. Empty if the directory does not have it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(&self, id: &ConnectionId) -> Result<Vec<Connection>, Error> {
        let Connections { client, table } = self.connections;
        let get = client.get_item().table_name(table).set_key(Some(entry_key(id))).consistent_read(true);
        match Box::pin(get.send()).await {
            Ok(found) => found.item().map_or_else(|| Ok(Vec::new()), from_entry),
            Err(error) => Err(Error::database("find a connection")(error.into())),
        }
    }

    /// Adds a connection to one more group, as the same member. The group's row and the entry change together, or not at all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn join(&self, connection: &Connection, group: impl Into<String>) -> Result<JoinOutcome, Error> {
        let joined = connection.in_group(group);
        let entry = self
            .entry_update(&joined, "SET #memberships.#new = :true")
            .expression_attribute_names("#new", membership(&joined.group, &joined.member))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .condition_expression("attribute_exists(#memberships.#new) OR size(#memberships) < :max")
            .expression_attribute_values(":max", AttributeValue::N(MAX_GROUPS.to_string()));
        self.change(entry, [self.put(&joined)]).await.map(|outcome| outcome.unwrap_or(JoinOutcome::Joined(joined)))
    }

    /// Moves a connection from its group to another one, as the same member. Both rows and the entry change together, or not
    /// at all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn move_to(&self, connection: Connection, group: impl Into<String>) -> Result<JoinOutcome, Error> {
        let moved = connection.in_group(group);
        if moved.group == connection.group {
            return self.join(&connection, moved.group).await;
        }
        let entry = self
            .entry_update(&moved, "SET #memberships.#new = :true REMOVE #memberships.#old")
            .expression_attribute_names("#new", membership(&moved.group, &moved.member))
            .expression_attribute_names("#old", membership(&connection.group, &connection.member))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .condition_expression("attribute_exists(#memberships.#old)");
        let rows = [self.put(&moved), self.delete(&connection)];
        // A move adds no group, so it cannot be one too many.
        self.change(entry, rows).await.map(|outcome| match outcome {
            Some(_) => JoinOutcome::NotRegistered,
            None => JoinOutcome::Joined(moved),
        })
    }

    /// Removes a connection from its group. It stays in the directory, also without any group.
    ///
    /// # Errors
    /// The database failed.
    pub async fn leave(&self, connection: Connection) -> Result<(), Error> {
        let entry = self
            .entry_update(&connection, "REMOVE #memberships.#old")
            .expression_attribute_names("#old", membership(&connection.group, &connection.member))
            .condition_expression("attribute_exists(#memberships)");
        // Without an entry the connection has disconnected, and its rows are gone or about to be.
        self.change(entry, [self.delete(&connection)]).await.map(drop)
    }

    /// Replaces the attributes of a connection, in all its groups. Returns whether the directory has the connection.
    ///
    /// # Errors
    /// The database failed, or the value cannot be written as JSON.
    pub async fn set_attributes(&self, id: &ConnectionId, attributes: &impl Serialize) -> Result<bool, Error> {
        let connections = self.find(id).await?;
        let Some(first) = connections.first() else { return Ok(false) };
        let json = AttributeValue::S(serde_json::to_string(attributes)?);
        // A connection that has moved since it was found is rejected here, because the membership is another one.
        let mut entry = self
            .entry_update(first, "SET #attributes = :attributes")
            .expression_attribute_names("#attributes", ATTRIBUTES)
            .expression_attribute_values(":attributes", json);
        let mut same = vec!["size(#memberships) = :count".to_owned()];
        for (nth, connection) in connections.iter().enumerate() {
            same.push(format!("attribute_exists(#memberships.#m{nth})"));
            entry =
                entry.expression_attribute_names(format!("#m{nth}"), membership(&connection.group, &connection.member));
        }
        let entry = entry
            .condition_expression(same.join(" AND "))
            .expression_attribute_values(":count", AttributeValue::N(connections.len().to_string()));
        let mut rows = Vec::new();
        for connection in connections.iter().cloned() {
            rows.push(self.put(&connection.with_attributes(attributes)?));
        }
        Ok(self.change(entry, rows).await?.is_none())
    }

    /// Removes a connection from all its groups and from the directory, and returns it in each group that it belonged to.
    /// For `$disconnect`, which has only the id.
    ///
    /// # Errors
    /// The database failed. Rows that are left then are pruned when a frame meets them, or expire.
    pub async fn unregister(&self, id: &ConnectionId) -> Result<Vec<Connection>, Error> {
        let Connections { client, table } = self.connections;
        // The entry first: without it, no concurrent `join` can add a row.
        let delete = client.delete_item().table_name(table).set_key(Some(entry_key(id)));
        let deleted = match Box::pin(delete.return_values(ReturnValue::AllOld).send()).await {
            Ok(deleted) => deleted,
            Err(error) => return Err(Error::database("unregister a connection")(error.into())),
        };
        let connections = deleted.attributes().map_or_else(|| Ok(Vec::new()), from_entry)?;
        let rows = stream::iter(&connections)
            .map(|connection| self.connections.unregister(&connection.group, &connection.member, &connection.peer.id));
        rows.buffer_unordered(DELETES_AT_ONCE).try_collect::<()>().await?;
        Ok(connections)
    }

    fn entry_update(
        &self,
        connection: &Connection,
        expression: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.connections.table)
            .set_key(Some(entry_key(&connection.peer.id)))
            .update_expression(expression)
            .expression_attribute_names("#memberships", MEMBERSHIPS)
            // With it, a condition that fails tells an entry that does not exist from one that is full.
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn put(&self, connection: &Connection) -> Result<TransactWriteItem, BoxError> {
        let put = Put::builder().table_name(&self.connections.table).set_item(Some(connection.to_row())).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn delete(&self, connection: &Connection) -> Result<TransactWriteItem, BoxError> {
        let key = key(&connection.group, &connection.member, &connection.peer.id);
        let delete = Delete::builder().table_name(&self.connections.table).set_key(Some(key)).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Changes the entry and rows in one transaction. Returns why not, if the condition on the entry did not hold.
    async fn change(
        &self,
        entry: aws_sdk_dynamodb::types::builders::UpdateBuilder,
        rows: impl IntoIterator<Item = Result<TransactWriteItem, BoxError>>,
    ) -> Result<Option<JoinOutcome>, Error> {
        let failed = Error::database("change the groups of a connection");
        let committed = async {
            let entry = TransactWriteItem::builder().update(entry.build()?).build();
            let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
            let items = [entry].into_iter().chain(rows).collect();
            commit(self.connections.client.transact_write_items().set_transact_items(Some(items))).await
        };
        match committed.await {
            Ok(None) => Ok(None),
            Ok(Some(reason)) if reason.item.as_ref().is_some_and(|item| !item.is_empty()) => {
                Ok(Some(JoinOutcome::TooManyGroups))
            }
            Ok(Some(_absent)) => Ok(Some(JoinOutcome::NotRegistered)),
            Err(error) => Err(failed(error)),
        }
    }
}
