//! `$connect`: a client asks for a connection.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use lambda_runtime::Context as Invocation;
use serde_json::Value;

use crate::event::{ConnectionEvent, authorized_event_accessors, connection_event_accessors, handshake_accessors};
use crate::{Deadline, Error, Event, Peer, Response};

/// The event of `$connect`. The connection does not exist yet: a frame sent to it answers 410.
///
/// ```
/// use parlor::{Connect, Connection, Error, Response, Sockets};
///
/// async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
///     let Some(name) = connect.query("name") else { return Ok(Response::unauthorized()) };
///     sockets.register(&Connection::new(&connect, "lobby", name)).await?;
///     Ok(Response::ok())
/// }
/// ```
pub struct Connect {
    /// The connection that opens if the handler answers with a status of 2xx.
    pub peer: Peer,
    /// By when the handler must be done.
    pub deadline: Deadline,
    raw: ApiGatewayWebsocketProxyRequest,
}

impl Connect {
    connection_event_accessors!();
    authorized_event_accessors!();
    handshake_accessors!();
}

impl Event for Connect {
    type Payload = Value;
    type Answer = Response;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let ConnectionEvent { peer, deadline, raw } = ConnectionEvent::parse(payload, invocation)?;
        Ok(Self { peer, deadline, raw })
    }
}
