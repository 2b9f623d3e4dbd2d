//! The management API (`@connections`): what becomes of a post, a look or a close.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::get_connection::GetConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::{Blob, DateTime};

use crate::{ConnectionId, Error};

/// What became of a frame, or of a close. Throttling and outages are retried by the SDK with jitter; what is still failing
/// after that is an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// API Gateway took it.
    Sent,
    /// 410: the connection is gone, or its handshake is not done yet.
    Gone,
    /// 413: more than 128 KB (API Gateway's limit for a message).
    TooLarge,
}

impl Delivery {
    /// For a recipient that has to get its frame if it is there at all.
    ///
    /// # Errors
    /// The frame is too large for anybody.
    pub fn sent_or_gone(self) -> Result<(), Error> {
        match self {
            Self::Sent | Self::Gone => Ok(()),
            Self::TooLarge => Err(Error::TooLarge),
        }
    }
}

/// What API Gateway knows of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// When the handshake was done.
    pub connected_at: Option<DateTime>,
    /// When something was last sent in either direction.
    pub last_active_at: Option<DateTime>,
    /// The client's address.
    pub source_ip: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
}

pub(crate) async fn post(client: &Client, id: &ConnectionId, frame: &str) -> Result<Delivery, Error> {
    let post = client.post_to_connection().connection_id(id.as_str()).data(Blob::new(frame));
    match Box::pin(post.send()).await {
        Ok(_taken) => Ok(Delivery::Sent),
        Err(error) => match error.as_service_error() {
            Some(PostToConnectionError::GoneException(_)) => Ok(Delivery::Gone),
            Some(PostToConnectionError::PayloadTooLargeException(_)) => Ok(Delivery::TooLarge),
            _ => Err(Error::Management { action: "post", source: error.into() }),
        },
    }
}

pub(crate) async fn delete(client: &Client, id: &ConnectionId) -> Result<Delivery, Error> {
    match Box::pin(client.delete_connection().connection_id(id.as_str()).send()).await {
        Ok(_closing) => Ok(Delivery::Sent),
        Err(error) => match error.as_service_error() {
            Some(DeleteConnectionError::GoneException(_)) => Ok(Delivery::Gone),
            _ => Err(Error::Management { action: "close a connection", source: error.into() }),
        },
    }
}

pub(crate) async fn get(client: &Client, id: &ConnectionId) -> Result<Option<Inspection>, Error> {
    match Box::pin(client.get_connection().connection_id(id.as_str()).send()).await {
        Ok(known) => {
            let (source_ip, user_agent) =
                known.identity.map_or((None, None), |identity| (identity.source_ip, identity.user_agent));
            let (connected_at, last_active_at) = (known.connected_at, known.last_active_at);
            Ok(Some(Inspection { connected_at, last_active_at, source_ip, user_agent }))
        }
        Err(error) => match error.as_service_error() {
            Some(GetConnectionError::GoneException(_)) => Ok(None),
            _ => Err(Error::Management { action: "look at a connection", source: error.into() }),
        },
    }
}
