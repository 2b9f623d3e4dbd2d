//! Everything that a handler does with connections.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::Serialize;

use crate::aws::variable;
use crate::connections::{Connections, ScanStart, Scanned};
use crate::{
    Aws, Connection, ConnectionId, ConnectionInfo, Directory, Error, Management, Page, PageStart, Peer,
    RegisterOutcome, SendOutcome,
};

/// How often a frame is repeated to a connection whose handshake is not complete, and the pause before the first repetition; it
/// doubles. A row is written milliseconds before its handshake completes, so that this is two seconds in all.
const HANDSHAKE_REPETITIONS: u32 = 6;
const HANDSHAKE_PAUSE: Duration = Duration::from_millis(30);

/// The connections of a stack: stored in a table, reached through the management API.
///
/// Make one at start and keep it: its clients keep their TLS connections between invocations.
///
/// ```
/// use parlor::{Aws, Error, Sockets};
///
/// /// From the variables that the template sets.
/// async fn from_environment(aws: Aws) -> Result<Sockets, Error> {
///     Sockets::from_environment(&aws)
/// }
///
/// /// From values, for a second table of connections.
/// async fn spectators(aws: Aws) -> Result<Sockets, Error> {
///     let table = parlor::variable("SPECTATORS_TABLE")?;
///     Ok(Sockets::new(aws.dynamodb().clone(), table, aws.management()))
/// }
/// ```
#[derive(Debug)]
pub struct Sockets {
    connections: Connections,
    management: Management,
}

impl Sockets {
    /// The connections in `table`. Its partition key is the text `group`, its sort key the text `member`; DynamoDB expires
    /// rows by `expiresAt`.
    pub fn new(client: Client, table: impl Into<String>, management: Management) -> Self {
        Self { connections: Connections { client, table: table.into() }, management }
    }

    /// The connections in the table that `CONNECTIONS_TABLE` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(aws.dynamodb().clone(), variable("CONNECTIONS_TABLE")?, aws.management()))
    }

    /// Registers a connection in its group: from now on it receives the group's broadcasts. One row, one write.
    ///
    /// `$disconnect` must know group and member to [unregister](Self::unregister) it, from its session for example. If it
    /// does not, register the connection in the [directory](Self::directory).
    ///
    /// # Errors
    /// The database failed.
    pub async fn register(&self, connection: &Connection) -> Result<(), Error> {
        self.connections.register(connection).await
    }

    /// Registers a connection in one transaction with `guard`: both writes happen, or neither. The guard should touch an item
    /// of this connection alone, because concurrent transactions on one item cancel each other.
    ///
    /// # Errors
    /// The database failed, or the guard is not a complete write.
    pub async fn register_if(
        &self,
        connection: &Connection,
        guard: TransactWriteItem,
    ) -> Result<RegisterOutcome, Error> {
        self.connections.register_if(connection, guard).await
    }

    /// Deletes a connection's row, if it exists.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unregister(&self, group: &str, member: &str, id: &ConnectionId) -> Result<(), Error> {
        self.connections.unregister(group, member, id).await
    }

    /// The directory of connections, by their id: for connections that move between groups, or belong to several.
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(&self.connections)
    }

    /// Reads up to 100 connections of an [audience](crate::Audience). The read is strongly consistent: a connection that was
    /// registered before is found.
    ///
    /// # Errors
    /// The database failed. A row that cannot be read is skipped, and logged.
    pub async fn page(&self, start: impl Into<PageStart>) -> Result<Page, Error> {
        self.connections.page(start.into()).await
    }

    /// Sends one text frame, of at most 128 KB. Above 32 KB it may arrive in several fragments.
    ///
    /// # Errors
    /// The management API rejected the call or failed, after retries.
    pub async fn send(&self, peer: &Peer, frame: &str) -> Result<SendOutcome, Error> {
        self.management.send(peer, frame).await
    }

    /// Sends a value as JSON, see [`Self::send`].
    ///
    /// # Errors
    /// The value cannot be written as JSON, or the management API rejected the call or failed, after retries.
    pub async fn send_json(&self, peer: &Peer, value: &impl Serialize) -> Result<SendOutcome, Error> {
        self.send(peer, &serde_json::to_string(value).map_err(Error::Json)?).await
    }

    /// Sends one text frame to a connection whose handshake may not be complete yet: then it answers 410, and the frame is
    /// sent again for up to two seconds.
    ///
    /// Not for the handler of `$connect` itself: the handshake waits for that handler. See
    /// [`FanoutQueue::greet`](crate::FanoutQueue::greet).
    ///
    /// # Errors
    /// The management API rejected the call or failed, after retries.
    pub async fn send_when_open(&self, connection: &Connection, frame: &str) -> Result<SendOutcome, Error> {
        for repetition in 0..HANDSHAKE_REPETITIONS {
            let outcome = self.send(&connection.peer, frame).await?;
            if outcome != SendOutcome::Stale || connection.is_settled() {
                return Ok(outcome);
            }
            tokio::time::sleep(HANDSHAKE_PAUSE * 2_u32.pow(repetition)).await;
        }
        self.send(&connection.peer, frame).await
    }

    /// Closes a connection with code 1000; API Gateway offers no other. Its `$disconnect` follows.
    ///
    /// # Errors
    /// The management API rejected the call or failed, after retries.
    pub async fn disconnect(&self, peer: &Peer) -> Result<SendOutcome, Error> {
        self.management.disconnect(peer).await
    }

    /// Asks API Gateway about a connection; `None` if it is closed.
    ///
    /// # Errors
    /// The management API rejected the call or failed, after retries.
    pub async fn inspect(&self, peer: &Peer) -> Result<Option<ConnectionInfo>, Error> {
        self.management.inspect(peer).await
    }

    pub(crate) async fn scan(&self, start: ScanStart) -> Result<Scanned, Error> {
        self.connections.scan(start).await
    }

    pub(crate) async fn unregister_settled(&self, connection: &Connection) -> Result<(), Error> {
        self.connections.unregister_settled(connection).await
    }
}
