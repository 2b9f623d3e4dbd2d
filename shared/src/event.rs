//! The three events of a connection, parsed once: no `Option` is left to unwrap.
//!
//! Events hold tokens and what people say, so none of them has a `Debug` that could end in a log.

use aws_lambda_events::apigw::{ApiGatewayWebsocketProxyRequest, ApiGatewayWebsocketProxyRequestContext};
use lambda_runtime::Context as Invocation;
use serde::de::DeserializeOwned;
use tracing::Span;

use crate::session::Context;
use crate::{ConnectionId, Deadline, Endpoint, Error, Peer, Session};

/// Anything that [`serve`](crate::serve) can hand to a handler.
pub trait Event: Sized {
    /// The JSON that Lambda delivers.
    type Payload: DeserializeOwned;

    /// Makes the event out of the payload.
    ///
    /// # Errors
    /// The payload lacks what this kind of event always has.
    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error>;
}

/// `$connect`: a client asks to be let in. The connection does not exist yet: a post to it answers 410.
pub struct Connect {
    /// The connection that will be, if the handler says so.
    pub peer: Peer,
    /// What the client offered as `Sec-WebSocket-Protocol`, in its order.
    pub protocols: Vec<String>,
    /// When API Gateway received the request, in milliseconds since the epoch.
    pub connected_at: u64,
    context: Context,
}

/// A frame from a client, of any route but `$connect` and `$disconnect`.
pub struct Message {
    /// Who sent it.
    pub peer: Peer,
    /// The text of the frame: at most 128 KB (API Gateway's limit for a message).
    pub body: String,
    /// When API Gateway received the frame, in milliseconds since the epoch.
    pub received_at: u64,
    /// The address that the client connected from.
    pub source_ip: String,
    /// By when the handler must be done.
    pub deadline: Deadline,
    context: Context,
}

/// `$disconnect`: the connection is gone already. API Gateway delivers this event as best it can, that is, not always.
#[derive(Debug)]
pub struct Disconnect {
    /// Who left.
    pub peer: Peer,
    context: Context,
}

impl Connect {
    /// The session that the authorizer gave this connection.
    ///
    /// # Errors
    /// The route has no authorizer, or not one that answers with a [`Verdict`](crate::Verdict).
    pub fn session<T: DeserializeOwned>(&self) -> Result<Session<T>, Error> {
        noted(self.context.session())
    }
}

impl Message {
    /// The session that the authorizer gave this connection.
    ///
    /// # Errors
    /// The API has no authorizer, or not one that answers with a [`Verdict`](crate::Verdict).
    pub fn session<T: DeserializeOwned>(&self) -> Result<Session<T>, Error> {
        noted(self.context.session())
    }
}

impl Disconnect {
    /// The group and the member of the connection's session.
    ///
    /// # Errors
    /// The API has no authorizer, or not one that answers with a [`Verdict`](crate::Verdict).
    pub fn membership(&self) -> Result<(String, String), Error> {
        let session = noted(self.context.membership())?;
        Ok((session.group, session.member))
    }
}

impl Event for Connect {
    type Payload = ApiGatewayWebsocketProxyRequest;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let peer = peer(&payload.request_context, invocation)?;
        let offered = payload.headers.get_all("sec-websocket-protocol").iter();
        let protocols = offered.filter_map(|value| value.to_str().ok()).flat_map(split_protocols).collect();
        let connected_at = milliseconds(payload.request_context.connected_at)?;
        Ok(Self { peer, protocols, connected_at, context: context(payload.request_context) })
    }
}

impl Event for Message {
    type Payload = ApiGatewayWebsocketProxyRequest;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let peer = peer(&payload.request_context, invocation)?;
        let received_at = milliseconds(payload.request_context.request_time_epoch)?;
        let deadline = Deadline::of_invocation(invocation.deadline);
        let source_ip = payload.request_context.identity.source_ip.clone().unwrap_or_default();
        // An empty text frame may arrive without a body.
        let body = payload.body.unwrap_or_default();
        Ok(Self { peer, body, received_at, source_ip, deadline, context: context(payload.request_context) })
    }
}

impl Event for Disconnect {
    type Payload = ApiGatewayWebsocketProxyRequest;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let peer = peer(&payload.request_context, invocation)?;
        Ok(Self { peer, context: context(payload.request_context) })
    }
}

/// Splits the value of a `Sec-WebSocket-Protocol` header.
pub(crate) fn split_protocols(header: &str) -> impl Iterator<Item = String> + '_ {
    header.split(',').map(str::trim).filter(|protocol| !protocol.is_empty()).map(str::to_owned)
}

fn peer(context: &ApiGatewayWebsocketProxyRequestContext, invocation: &Invocation) -> Result<Peer, Error> {
    let id = context.connection_id.clone().ok_or(Error::Event("no `connectionId`"))?;
    let domain_name = context.domain_name.as_deref().ok_or(Error::Event("no `domainName`"))?;
    let stage = context.stage.as_deref().ok_or(Error::Event("no `stage`"))?;
    let api_id = context.apiid.as_deref().ok_or(Error::Event("no `apiId`"))?;
    Span::current().record("connection", &id);
    let endpoint = Endpoint::of_stage(domain_name, stage, api_id, region(&invocation.invoked_function_arn));
    Ok(Peer { id: ConnectionId::new(id), endpoint })
}

/// The region of an ARN: `arn:aws:lambda:{region}:…`. A function is invoked by an API of its own region.
fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

fn context(context: ApiGatewayWebsocketProxyRequestContext) -> Context {
    Context(context.authorizer.fields)
}

fn milliseconds(epoch: i64) -> Result<u64, Error> {
    u64::try_from(epoch).map_err(|_negative| Error::Event("a time before 1970"))
}

/// Names the group in every further log line of this invocation.
fn noted<T>(session: Result<Session<T>, Error>) -> Result<Session<T>, Error> {
    if let Ok(session) = &session {
        Span::current().record("group", &session.group);
    }
    session
}
