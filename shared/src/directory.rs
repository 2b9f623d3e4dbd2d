//! The directory: finds a connection by its id, and keeps it in several groups.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;

use crate::connection::{ATTRIBUTES, GROUP};
use crate::connections::Connections;
use crate::directory_change::Decision;
use crate::directory_entry::{Entry, GROUPS, entry_key};
use crate::logging::Chain;
use crate::{Connection, ConnectionId, Error};

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
/// | [`join`](Self::join), [`leave`](Self::leave) | 1 read, 4 write in one transaction |
/// | [`move_to`](Self::move_to) | 1 read, 6 write in one transaction |
/// | [`set_attributes`](Self::set_attributes) | 1 read, 2 write and 2 for each group in one transaction |
/// | [`unregister`](Self::unregister) | 1 write, and 1 for each group |
///
/// A change and a `$disconnect` of the same connection, or two changes, may happen at the same time: each is decided by what
/// the other has left. A few dozen changes of one connection at the same time come after each other, in about a second; some of a
/// larger burst fail.
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
    pub(crate) connections: &'a Connections,
}

/// The result of adding a connection to a group.
///
/// ```
/// use parlor::JoinOutcome;
///
/// fn answer(outcome: &JoinOutcome) -> &'static str {
///     match outcome {
///         JoinOutcome::Joined(_) => "welcome",
///         JoinOutcome::NotRegistered => "you have left",
///         JoinOutcome::TooManyGroups => "leave another group first",
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// The connection, in the group.
    Joined(Connection),
    /// The directory does not have the connection, or not in the group that it was to leave: it has disconnected, or has
    /// moved.
    NotRegistered,
    /// The connection belongs to [`MAX_GROUPS`] groups already.
    TooManyGroups,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(connections: &'a Connections) -> Self {
        Self { connections }
    }

    /// Registers a connection in its first group, at `$connect`. A connection that the directory has already is added to the
    /// group.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register(&self, connection: &Connection) -> Result<(), Error> {
        let entry = Entry::new(connection);
        let Connections { client, table } = self.connections;
        // Not a transaction, which costs twice as much. The entry first, because `$disconnect` finds the row by it.
        let put = client.put_item().table_name(table).set_item(Some(entry.to_item()));
        let put = put.condition_expression("attribute_not_exists(#group)").expression_attribute_names("#group", GROUP);
        match Box::pin(put.send()).await {
            Ok(_stored) => {
                let stored = self.connections.register(&entry.in_group(&connection.group)).await;
                if stored.is_err() {
                    // The handshake fails, so no `$disconnect` follows.
                    self.unregister(&connection.peer.id).await?;
                }
                stored
            }
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                // The row, too: an attempt that was cut off may have left the entry without it.
                self.connections.register(&entry.in_group(&connection.group)).await?;
                self.join(&connection.peer.id, &connection.group).await.map(drop)
            }
            Err(error) => Err(Error::database("register a connection")(error.into())),
        }
    }

    /// The connection in each of its groups, in the order of their names. Empty if the directory does not have it, or if it
    /// belongs to no group.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(&self, id: &ConnectionId) -> Result<Vec<Connection>, Error> {
        Ok(self.entry(id).await?.map_or_else(Vec::new, |entry| entry.connections()))
    }

    /// Adds a connection to one more group. The group's row and the entry change together, or not at all.
    ///
    /// # Errors
    /// The database failed, or changes of the same connection met too often.
    pub async fn join(&self, id: &ConnectionId, group: impl AsRef<str>) -> Result<JoinOutcome, Error> {
        let group = group.as_ref();
        self.change(id, |entry| {
            let joined = entry.in_group(group);
            if entry.groups.iter().any(|other| other == group) {
                return Ok(Decision::unchanged(JoinOutcome::Joined(joined)));
            }
            if entry.groups.len() >= MAX_GROUPS {
                return Ok(Decision::unchanged(JoinOutcome::TooManyGroups));
            }
            let update = self
                .update(entry, "SET #groups.#new = :true, #version = :next")
                .expression_attribute_names("#groups", GROUPS)
                .expression_attribute_names("#new", group)
                .expression_attribute_values(":true", AttributeValue::Bool(true));
            let rows = vec![self.put(&joined)?];
            Ok(Decision::changed(JoinOutcome::Joined(joined), update, rows))
        })
        .await
        .map(|outcome| outcome.unwrap_or(JoinOutcome::NotRegistered))
    }

    /// Moves a connection from its group to another one. Both rows and the entry change together, or not at all. A move to the
    /// same group changes nothing.
    ///
    /// # Errors
    /// The database failed, or changes of the same connection met too often.
    pub async fn move_to(&self, connection: Connection, group: impl AsRef<str>) -> Result<JoinOutcome, Error> {
        let (from, group) = (connection.group.as_str(), group.as_ref());
        self.change(&connection.peer.id, |entry| {
            let moved = entry.in_group(group);
            if !entry.groups.iter().any(|other| other == from) {
                return Ok(Decision::unchanged(JoinOutcome::NotRegistered));
            }
            if from == group {
                return Ok(Decision::unchanged(JoinOutcome::Joined(moved)));
            }
            let update = self
                .update(entry, "SET #groups.#new = :true, #version = :next REMOVE #groups.#old")
                .expression_attribute_names("#groups", GROUPS)
                .expression_attribute_names("#new", group)
                .expression_attribute_names("#old", from)
                .expression_attribute_values(":true", AttributeValue::Bool(true));
            let rows = vec![self.put(&moved)?, self.delete(&entry.in_group(from))?];
            Ok(Decision::changed(JoinOutcome::Joined(moved), update, rows))
        })
        .await
        .map(|outcome| outcome.unwrap_or(JoinOutcome::NotRegistered))
    }

    /// Removes a connection from a group, if it belongs to it. The connection stays in the directory, also without any group.
    ///
    /// # Errors
    /// The database failed, or changes of the same connection met too often.
    pub async fn leave(&self, id: &ConnectionId, group: impl AsRef<str>) -> Result<(), Error> {
        let group = group.as_ref();
        self.change(id, |entry| {
            if !entry.groups.iter().any(|other| other == group) {
                return Ok(Decision::unchanged(()));
            }
            let update = self
                .update(entry, "SET #version = :next REMOVE #groups.#old")
                .expression_attribute_names("#groups", GROUPS)
                .expression_attribute_names("#old", group);
            Ok(Decision::changed((), update, vec![self.delete(&entry.in_group(group))?]))
        })
        .await
        .map(|_not_registered| ())
    }

    /// Replaces the attributes of a connection, in all its groups, and returns it in each of them. Empty if the directory does
    /// not have it, or if it belongs to no group.
    ///
    /// # Errors
    /// The database failed, changes of the same connection met too often, or the value cannot be written as JSON.
    pub async fn set_attributes(
        &self,
        id: &ConnectionId,
        attributes: &impl Serialize,
    ) -> Result<Vec<Connection>, Error> {
        let json = serde_json::to_string(attributes).map_err(Error::Json)?;
        self.change(id, |entry| {
            let connections = entry.clone().with_attributes(json.clone()).connections();
            let update = self
                .update(entry, "SET #attributes = :attributes, #version = :next")
                .expression_attribute_names("#attributes", ATTRIBUTES)
                .expression_attribute_values(":attributes", AttributeValue::S(json.clone()));
            let rows = connections.iter().map(|connection| self.put(connection)).collect::<Result<_, _>>()?;
            Ok(Decision::changed(connections, update, rows))
        })
        .await
        .map(Option::unwrap_or_default)
    }

    /// Removes a connection from all its groups and from the directory, and returns it in each group that it belonged to.
    /// For `$disconnect`, which has only the id.
    ///
    /// # Errors
    /// The database failed. A row that could not be deleted is logged; it is pruned when a frame meets it, or expires.
    pub async fn unregister(&self, id: &ConnectionId) -> Result<Vec<Connection>, Error> {
        // The entry first: without it, no concurrent `join` can add a row.
        let Some(entry) = self.delete_entry(id).await? else { return Ok(Vec::new()) };
        let connections = entry.connections();
        let rows = stream::iter(&connections).map(|connection| async move {
            let Connection { group, member, peer, .. } = connection;
            if let Err(error) = self.connections.unregister(group, member, &peer.id).await {
                tracing::warn!(cause = %Chain(&error), "the row of a closed connection was not deleted");
            }
        });
        rows.buffer_unordered(DELETES_AT_ONCE).for_each(std::future::ready).await;
        Ok(connections)
    }

    async fn delete_entry(&self, id: &ConnectionId) -> Result<Option<Entry>, Error> {
        let Connections { client, table } = self.connections;
        let delete = client.delete_item().table_name(table).set_key(Some(entry_key(id)));
        let deleted = self.connections.delete(delete.return_values(ReturnValue::AllOld)).await?;
        deleted.attributes().map(Entry::from_item).transpose()
    }

    pub(crate) async fn entry(&self, id: &ConnectionId) -> Result<Option<Entry>, Error> {
        let Connections { client, table } = self.connections;
        let get = client.get_item().table_name(table).set_key(Some(entry_key(id))).consistent_read(true);
        match Box::pin(get.send()).await {
            Ok(found) => found.item().map(Entry::from_item).transpose(),
            Err(error) => Err(Error::database("find a connection")(error.into())),
        }
    }
}
