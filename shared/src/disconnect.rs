//! `$disconnect`: a connection is closed.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use lambda_runtime::Context as Invocation;
use serde_json::Value;

use crate::event::{ConnectionEvent, authorized_event_accessors, connection_event_accessors};
use crate::{Deadline, Error, Event, Peer, Response};

/// The event of `$disconnect`: the connection is closed already. API Gateway delivers this event on a best-effort basis, so
/// nothing may depend on it.
///
/// ```
/// use parlor::{Disconnect, Error, Response, Sockets};
///
/// async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
///     for connection in sockets.directory().unregister(&disconnect.peer.id).await? {
///         sockets.group(&connection.group).send(&format!("{} has left", connection.member)).await?;
///     }
///     Ok(Response::ok())
/// }
/// ```
pub struct Disconnect {
    /// The connection that is closed.
    pub peer: Peer,
    /// By when the handler must be done.
    pub deadline: Deadline,
    raw: ApiGatewayWebsocketProxyRequest,
}

impl Disconnect {
    /// The close code, if API Gateway says one: 1005 for a client that gave none, 1001 for a connection that was idle for
    /// too long or too old, 1000 after [`Sockets::disconnect`](crate::Sockets::disconnect), 1006 for a connection that broke.
    pub fn code(&self) -> Option<u16> {
        self.raw.request_context.disconnect_status_code.and_then(|code| u16::try_from(code).ok())
    }

    /// The reason of the close, if API Gateway says one.
    pub fn reason(&self) -> Option<&str> {
        self.raw.request_context.disconnect_reason.as_deref()
    }

    connection_event_accessors!();
    authorized_event_accessors!();
}

impl Event for Disconnect {
    type Payload = Value;
    type Answer = Response;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let ConnectionEvent { peer, deadline, raw } = ConnectionEvent::parse(payload, invocation)?;
        Ok(Self { peer, deadline, raw })
    }
}
