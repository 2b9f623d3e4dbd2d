//! Everything that a handler does with connections.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::connections::{Connections, Page, PageStart, Part, PartStart, Remembered};
use crate::management::{self, Delivery, Inspection};
use crate::{Aws, Connection, ConnectionId, Endpoint, Error, Peer};

/// Stages that one function talks to, at most: a stack has one, and each costs a client. Beyond it clients are made anew.
const MAX_ENDPOINTS: usize = 16;

/// The connections of a stack: remembered in a table, reached through the management API.
///
/// Build one at start and keep it: its clients keep their TLS connections between invocations.
#[derive(Debug)]
pub struct Sockets {
    aws: Aws,
    connections: Connections,
    clients: Mutex<HashMap<Endpoint, Client>>,
}

impl Sockets {
    /// Reads `CONNECTIONS_TABLE` and what [`Aws::from_environment`] needs.
    ///
    /// # Errors
    /// A variable is not set.
    pub async fn from_environment() -> Result<Self, Error> {
        Self::new(&Aws::from_environment().await?)
    }

    /// Reads `CONNECTIONS_TABLE`, and shares the rest with the function's other tables.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn new(aws: &Aws) -> Result<Self, Error> {
        Ok(Self { aws: aws.clone(), connections: Connections::new(aws)?, clients: Mutex::default() })
    }

    /// Writes a connection's row: from now on it belongs to its group's audience.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remember(&self, connection: &Connection) -> Result<(), Error> {
        self.connections.remember(connection).await
    }

    /// Writes a connection's row in one transaction with `guard`, so that either both happen or neither. The guard should
    /// touch an item of this connection alone: concurrent transactions on one item cancel each other.
    ///
    /// # Errors
    /// The database failed, or the guard is not a complete write.
    pub async fn remember_with(&self, connection: &Connection, guard: TransactWriteItem) -> Result<Remembered, Error> {
        self.connections.remember_with(connection, guard).await
    }

    /// Deletes a connection's row, if it is there. `$disconnect` knows group and member from the session that an authorizer gave
    /// ([`Disconnect::membership`](crate::Disconnect::membership)); without an authorizer, only the
    /// connection's id can tell members apart.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget(&self, group: &str, member: &str, id: &ConnectionId) -> Result<(), Error> {
        self.connections.forget(group, member, id).await
    }

    pub(crate) async fn forget_settled(&self, connection: &Connection) -> Result<(), Error> {
        self.connections.forget_settled(connection).await
    }

    /// Reads up to 100 connections of an audience. Reads are strongly consistent: who was remembered is found.
    ///
    /// # Errors
    /// The database failed. A row that cannot be read is left out, and logged.
    pub async fn page(&self, start: impl Into<PageStart>) -> Result<Page, Error> {
        self.connections.page(start.into()).await
    }

    pub(crate) async fn part(&self, start: PartStart) -> Result<Part, Error> {
        self.connections.part(start).await
    }

    /// Sends one text frame. It may arrive in several fragments above 32 KB; 128 KB is the most.
    ///
    /// # Errors
    /// The management API refused or failed, after retries.
    pub async fn send(&self, peer: &Peer, frame: &str) -> Result<Delivery, Error> {
        management::post(&self.client(&peer.endpoint), &peer.id, frame).await
    }

    /// Closes a connection with code 1000; no other code can be chosen. Its `$disconnect` follows.
    ///
    /// # Errors
    /// The management API refused or failed, after retries.
    pub async fn disconnect(&self, peer: &Peer) -> Result<Delivery, Error> {
        management::delete(&self.client(&peer.endpoint), &peer.id).await
    }

    /// Asks API Gateway what it knows of a connection; `None` if it is gone.
    ///
    /// # Errors
    /// The management API refused or failed, after retries.
    pub async fn inspect(&self, peer: &Peer) -> Result<Option<Inspection>, Error> {
        management::get(&self.client(&peer.endpoint), &peer.id).await
    }

    /// The client of a stage. Making one costs milliseconds, so they are kept.
    fn client(&self, endpoint: &Endpoint) -> Client {
        // A panic while the lock is held cannot leave the map half changed.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(endpoint) {
            return client.clone();
        }
        if clients.len() >= MAX_ENDPOINTS {
            clients.clear();
        }
        let client = self.aws.management(endpoint);
        clients.insert(endpoint.clone(), client.clone());
        client
    }
}
