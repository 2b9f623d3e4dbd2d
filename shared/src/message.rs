//! A frame from a client.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use lambda_runtime::Context as Invocation;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::event::{ConnectionEvent, authorized_event_accessors, connection_event_accessors, required};
use crate::{Deadline, Error, Event, Peer, Response};

/// A frame from a client, of any route but `$connect` and `$disconnect`.
///
/// ```
/// use parlor::{Error, Message, Response, Sockets};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Move {
///     x: u8,
///     y: u8,
/// }
///
/// async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
///     match message.route_key() {
///         "move" => {
///             let Move { x, y } = message.json()?;
///             sockets.send(&message.peer, &format!("you moved to {x}, {y}")).await?;
///         }
///         _ => {
///             sockets.send(&message.peer, "send an action").await?;
///         }
///     }
///     Ok(Response::ok())
/// }
/// ```
pub struct Message {
    /// The connection that sent the frame.
    pub peer: Peer,
    /// By when the handler must be done.
    pub deadline: Deadline,
    raw: ApiGatewayWebsocketProxyRequest,
}

impl Message {
    /// The text of the frame: at most 128 KB (API Gateway quotas, "WebSocket message payload size").
    pub fn body(&self) -> &str {
        // An empty text frame may arrive without a body.
        self.raw.body.as_deref().unwrap_or_default()
    }

    /// The frame's JSON, as a type of yours.
    ///
    /// # Errors
    /// [`Error::Body`], without any of the content.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.body()).map_err(|error| Error::body(&error))
    }

    /// The key of the route that API Gateway chose; `$default` for a frame that no other route takes.
    pub fn route_key(&self) -> &str {
        self.raw.request_context.route_key.as_deref().unwrap_or_default()
    }

    /// The id that API Gateway gave to the frame.
    pub fn message_id(&self) -> &str {
        self.raw.request_context.message_id.as_deref().unwrap_or_default()
    }

    connection_event_accessors!();
    authorized_event_accessors!();
}

impl Event for Message {
    type Payload = Value;
    type Answer = Response;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let ConnectionEvent { peer, deadline, raw } = ConnectionEvent::parse(payload, invocation)?;
        required(raw.request_context.message_id.as_ref(), "no `messageId`")?;
        Ok(Self { peer, deadline, raw })
    }
}
