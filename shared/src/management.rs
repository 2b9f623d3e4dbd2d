//! The management API (`@connections`): send a frame, inspect a connection, close it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_apigatewaymanagement as sdk;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::get_connection::GetConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::{Blob, DateTime};

use crate::aws::timeouts;
use crate::{Endpoint, Error, Peer};

/// The longest call with all its attempts: a client that does not read must not delay the others.
const CALL_TIMEOUT: Duration = Duration::from_millis(2_000);

/// Stages that one function keeps clients for. A stack has one stage; past this number all clients are made again.
const MAX_ENDPOINTS: usize = 16;

/// The result of sending a frame or of closing a connection.
///
/// Throttling and outages are retried by the SDK with jitter. What still fails after that is an [`Error`].
///
/// ```no_run
/// # use parlor::{Error, Peer, SendOutcome, Sockets};
/// # async fn example(sockets: &Sockets, peer: &Peer) -> Result<(), Error> {
/// if sockets.send(peer, "your turn").await? == SendOutcome::Stale {
///     // The opponent has left.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// API Gateway accepted the frame, or closes the connection.
    Sent,
    /// 410: the connection is closed, or its handshake is not complete yet.
    Stale,
    /// 413: the frame exceeds 128 KB (API Gateway quotas, "WebSocket message payload size").
    TooLarge,
}

impl SendOutcome {
    /// Treats a stale connection as success, for a recipient that may have left.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: no connection can receive the frame.
    pub fn sent_or_stale(self) -> Result<(), Error> {
        match self {
            Self::Sent | Self::Stale => Ok(()),
            Self::TooLarge => Err(Error::TooLarge),
        }
    }
}

/// What API Gateway reports about a connection.
///
/// ```no_run
/// # use parlor::{Error, Peer, Sockets};
/// # async fn example(sockets: &Sockets, peer: &Peer) -> Result<(), Error> {
/// let is_open = sockets.inspect(peer).await?.is_some();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionInfo {
    /// When the handshake completed.
    pub connected_at: Option<DateTime>,
    /// When a frame was last sent in either direction.
    pub last_active_at: Option<DateTime>,
    /// The client's IP address.
    pub source_ip: Option<String>,
    /// The client's `User-Agent` header.
    pub user_agent: Option<String>,
}

/// The clients of the management API, one for each stage.
///
/// Making a client costs milliseconds, and each has TLS connections of its own, so they are kept.
///
/// ```
/// use parlor::Management;
///
/// let config = aws_config::SdkConfig::builder().build();
/// let everything_to_a_mock = Management::new(config, Some("http://127.0.0.1:3001/dev".to_owned()));
/// ```
#[derive(Debug)]
pub struct Management {
    config: SdkConfig,
    url: Option<String>,
    clients: Mutex<HashMap<Endpoint, Client>>,
}

impl Management {
    /// Clients made of `config`. With a `url`, all calls go there instead of to the endpoint of the peer.
    pub fn new(config: SdkConfig, url: Option<String>) -> Self {
        Self { config, url, clients: Mutex::default() }
    }

    pub(crate) async fn send(&self, peer: &Peer, frame: &str) -> Result<SendOutcome, Error> {
        let post = self.client(&peer.endpoint).post_to_connection().connection_id(peer.id.as_str());
        match Box::pin(post.data(Blob::new(frame)).send()).await {
            Ok(_accepted) => Ok(SendOutcome::Sent),
            Err(error) => match error.as_service_error() {
                Some(PostToConnectionError::GoneException(_)) => Ok(SendOutcome::Stale),
                Some(PostToConnectionError::PayloadTooLargeException(_)) => Ok(SendOutcome::TooLarge),
                None if matches!(error, SdkError::TimeoutError(_)) => Err(Error::Unresponsive(error.into())),
                _ => Err(Error::Management { action: "send a frame", source: error.into() }),
            },
        }
    }

    pub(crate) async fn disconnect(&self, peer: &Peer) -> Result<SendOutcome, Error> {
        let delete = self.client(&peer.endpoint).delete_connection().connection_id(peer.id.as_str());
        match Box::pin(delete.send()).await {
            Ok(_closing) => Ok(SendOutcome::Sent),
            Err(error) => match error.as_service_error() {
                Some(DeleteConnectionError::GoneException(_)) => Ok(SendOutcome::Stale),
                _ => Err(Error::Management { action: "close a connection", source: error.into() }),
            },
        }
    }

    pub(crate) async fn inspect(&self, peer: &Peer) -> Result<Option<ConnectionInfo>, Error> {
        let get = self.client(&peer.endpoint).get_connection().connection_id(peer.id.as_str());
        match Box::pin(get.send()).await {
            Ok(known) => {
                let (source_ip, user_agent) =
                    known.identity.map_or((None, None), |identity| (identity.source_ip, identity.user_agent));
                let (connected_at, last_active_at) = (known.connected_at, known.last_active_at);
                Ok(Some(ConnectionInfo { connected_at, last_active_at, source_ip, user_agent }))
            }
            Err(error) => match error.as_service_error() {
                Some(GetConnectionError::GoneException(_)) => Ok(None),
                _ => Err(Error::Management { action: "inspect a connection", source: error.into() }),
            },
        }
    }

    fn client(&self, endpoint: &Endpoint) -> Client {
        // A panic while the lock is held cannot leave the map in an inconsistent state.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(endpoint) {
            return client.clone();
        }
        if clients.len() >= MAX_ENDPOINTS {
            clients.clear();
        }
        let url = self.url.as_deref().unwrap_or(endpoint.as_str());
        let config = sdk::config::Builder::from(&self.config).endpoint_url(url).timeout_config(timeouts(CALL_TIMEOUT));
        let client = Client::from_conf(config.build());
        clients.insert(endpoint.clone(), client.clone());
        client
    }
}
