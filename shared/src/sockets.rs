//! Everything that a handler does with connections.

use std::num::NonZeroU32;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::Serialize;

use crate::aws::{WARM_UP_TIMEOUT, variable};
use crate::connections::{Connections, ScanStart, Scanned};
use crate::send_width::SendWidth;
use crate::sweep_schedule::SweepPace;
use crate::{
    Aws, Connection, ConnectionId, ConnectionInfo, Directory, Endpoint, Error, Management, Page, PageStart, Peer,
    RegisterOutcome, SendOutcome,
};

/// How often a frame is repeated to a connection whose handshake is not complete, and the pause before the first repetition; it
/// doubles. A row is written milliseconds before its handshake completes, so that this is two seconds in all.
const HANDSHAKE_REPETITIONS: u32 = 6;
const HANDSHAKE_PAUSE: Duration = Duration::from_millis(30);

/// The id of no connection: API Gateway's ids have random bytes.
const NO_CONNECTION: &str = "AAAAAAAAAAAAAAA=";

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
    stage: Option<Endpoint>,
    pub(crate) width: SendWidth,
    pub(crate) sweep_pace: SweepPace,
}

impl Sockets {
    /// The connections in `table`. Its partition key is the text `group`, its sort key the text `member`; DynamoDB expires
    /// rows by `expiresAt`.
    pub fn new(client: Client, table: impl Into<String>, management: Management) -> Self {
        let connections = Connections { client, table: table.into() };
        let (width, sweep_pace) = (SendWidth::default(), SweepPace::default());
        Self { connections, management, stage: None, width, sweep_pace }
    }

    /// The connections in the table that `CONNECTIONS_TABLE` names. Two variables may be absent: `WEBSOCKET_ENDPOINT` is the
    /// URL of the stage, see [`Self::with_stage`], and `SWEEP_CALLS_PER_SECOND` a number, see [`Self::with_sweep_pace`].
    ///
    /// # Errors
    /// `CONNECTIONS_TABLE` is not set, or a variable has an invalid value.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        let sockets = Self::new(aws.dynamodb().clone(), variable("CONNECTIONS_TABLE")?, aws.management());
        let sockets = Self { sweep_pace: SweepPace::from_environment()?, ..sockets };
        let Ok(stage) = variable("WEBSOCKET_ENDPOINT") else { return Ok(sockets) };
        Ok(sockets.with_stage(stage.parse().map_err(|_invalid| Error::InvalidVariable("WEBSOCKET_ENDPOINT"))?))
    }

    /// Names the stage that [`Self::warm_up`] opens a connection to. Frames are sent to the stage of each peer.
    #[must_use]
    pub fn with_stage(self, stage: Endpoint) -> Self {
        Self { stage: Some(stage), ..self }
    }

    /// Limits the connections that a [sweep](Self::sweep) keeps alive in a second, for an account with a smaller quota. Renewals and
    /// closes have a rate of their own, 100 a second.
    #[must_use]
    pub fn with_sweep_pace(self, calls_per_second: NonZeroU32) -> Self {
        Self { sweep_pace: SweepPace(calls_per_second), ..self }
    }

    /// Opens a connection to the stage, so that the first frame does not wait for TLS: call it at the end of a function's
    /// set-up, next to [`Aws::warm_up`]. It takes at most 1 s, and its outcome is ignored. It does nothing without a stage, and
    /// for a stage without TLS, as the local stack has.
    ///
    /// It sends an empty frame to a connection that does not exist, which API Gateway rejects.
    pub async fn warm_up(&self) {
        let stage = self.stage.clone().filter(|stage| stage.as_str().starts_with("https://"));
        let (Some(stage), Ok(id)) = (stage, NO_CONNECTION.parse()) else { return };
        let peer = Peer::new(id, stage);
        let _rejected = tokio::time::timeout(WARM_UP_TIMEOUT, self.management.send(&peer, "")).await;
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
