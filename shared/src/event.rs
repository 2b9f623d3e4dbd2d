//! The events of a connection, parsed once: what always exists is checked here, so that no handler unwraps an `Option`.
//!
//! Events hold tokens and messages, so none of them has a `Debug` that could end in a log.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use lambda_runtime::Context as Invocation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Span;

use crate::{Answer, Deadline, Endpoint, Error, Peer};

/// An event that [`serve`](crate::serve) hands to a handler.
///
/// The toolkit has one for each kind of invocation of a WebSocket backend. Implement it to serve another kind with the same
/// logging and start-up:
///
/// ```
/// use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
/// use parlor::{Error, Event, InvocationContext, Response};
///
/// /// A message of which only the size matters.
/// struct Size(usize);
///
/// impl Event for Size {
///     type Payload = ApiGatewayWebsocketProxyRequest;
///     type Answer = Response;
///
///     fn parse(payload: Self::Payload, _invocation: &InvocationContext) -> Result<Self, Error> {
///         Ok(Self(payload.body.map_or(0, |body| body.len())))
///     }
/// }
/// ```
pub trait Event: Sized {
    /// The JSON that Lambda delivers.
    type Payload: DeserializeOwned + 'static;

    /// What a handler of it returns, or a value that converts into it.
    type Answer: Answer;

    /// Makes the event of the payload.
    ///
    /// # Errors
    /// The payload lacks a field that this kind of event always has.
    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error>;
}

/// An event as API Gateway sends it, with the fields checked that all events of a connection have.
pub(crate) struct ConnectionEvent {
    pub(crate) peer: Peer,
    pub(crate) deadline: Deadline,
    pub(crate) raw: ApiGatewayWebsocketProxyRequest,
}

impl ConnectionEvent {
    pub(crate) fn parse(payload: Value, invocation: &Invocation) -> Result<Self, Error> {
        let raw = read(payload)?;
        let context = &raw.request_context;
        let id = context.connection_id.as_deref().ok_or(Error::Event("no `connectionId`"))?;
        let domain_name = context.domain_name.as_deref().ok_or(Error::Event("no `domainName`"))?;
        let stage = context.stage.as_deref().ok_or(Error::Event("no `stage`"))?;
        let api_id = context.apiid.as_deref().ok_or(Error::Event("no `apiId`"))?;
        required(context.route_key.as_ref(), "no `routeKey`")?;
        required(context.request_id.as_ref(), "no `requestId`")?;
        required(context.identity.source_ip.as_ref(), "no `sourceIp`")?;
        if context.connected_at < 0 || context.request_time_epoch < 0 {
            return Err(Error::Event("a time before 1970"));
        }
        let id = id.parse().map_err(|_invalid| Error::Event("an invalid `connectionId`"))?;
        Span::current().record("connection", tracing::field::display(&id));
        let endpoint = Endpoint::of_stage(domain_name, stage, api_id, region(&invocation.invoked_function_arn));
        let deadline = Deadline::of_invocation(invocation.deadline);
        Ok(Self { peer: Peer::new(id, endpoint), deadline, raw })
    }
}

/// Reads a payload. The runtime would do so, too, but its error has the content of the field that could not be read.
fn read(mut payload: Value) -> Result<ApiGatewayWebsocketProxyRequest, Error> {
    drop_unreadable_headers(&mut payload);
    serde_json::from_value(payload).map_err(|_content| Error::Event("fields of another shape"))
}

/// A header that is not ASCII, such as a cookie, must not fail the handshake of its client.
fn drop_unreadable_headers(payload: &mut Value) {
    let is_readable = |value: &Value| value.as_str().is_none_or(|text| http::HeaderValue::from_str(text).is_ok());
    for headers in ["headers", "multiValueHeaders"] {
        let Some(headers) = payload.get_mut(headers).and_then(Value::as_object_mut) else { continue };
        headers.retain(|_, value| match value {
            Value::Array(values) => {
                values.retain(is_readable);
                !values.is_empty()
            }
            value => is_readable(value),
        });
    }
}

pub(crate) fn required<T>(field: Option<&T>, missing: &'static str) -> Result<(), Error> {
    field.map(|_present| ()).ok_or(Error::Event(missing))
}

/// The region of an ARN: `arn:aws:lambda:{region}:…`. A function is invoked by an API of its own region.
fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// The accessors that all events of a connection have; they read the field `raw`.
macro_rules! connection_event_accessors {
    () => {
        /// The id of API Gateway's request, as in its access log.
        pub fn request_id(&self) -> &str {
            self.raw.request_context.request_id.as_deref().unwrap_or_default()
        }

        /// When API Gateway received the handshake, in milliseconds since the epoch.
        pub fn connected_at(&self) -> u64 {
            self.raw.request_context.connected_at.unsigned_abs()
        }

        /// When API Gateway received this request, in milliseconds since the epoch.
        pub fn received_at(&self) -> u64 {
            self.raw.request_context.request_time_epoch.unsigned_abs()
        }

        /// The IP address that the client connected from.
        pub fn source_ip(&self) -> &str {
            self.raw.request_context.identity.source_ip.as_deref().unwrap_or_default()
        }

        /// The client's `User-Agent`, if it sent one.
        pub fn user_agent(&self) -> Option<&str> {
            self.raw.request_context.identity.user_agent.as_deref()
        }

        /// A variable of the stage.
        pub fn stage_variable(&self, name: &str) -> Option<&str> {
            self.raw.stage_variables.get(name).map(String::as_str)
        }

        /// The event as API Gateway sent it.
        pub fn raw(&self) -> &aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest {
            &self.raw
        }
    };
}

/// The accessors of events after the authorizer.
macro_rules! authorized_event_accessors {
    () => {
        /// The context of any authorizer, as a type of yours. `principalId` is one of its fields. Values are scalars; a number
        /// or a boolean that arrives as text is read as a number or a boolean.
        ///
        /// # Errors
        /// The context has another shape, or the API has no authorizer and the type needs a field.
        pub fn context<T: serde::de::DeserializeOwned>(&self) -> Result<T, crate::Error> {
            crate::context::read(&self.raw.request_context.authorizer.fields)
        }

        /// The session that an authorizer of this toolkit returned with [`crate::AuthorizerRequest::allow`].
        ///
        /// # Errors
        /// The API has no authorizer, or one that returns no session of this type.
        pub fn session<T: serde::de::DeserializeOwned>(&self) -> Result<crate::Session<T>, crate::Error> {
            crate::Session::from_context(&self.raw.request_context.authorizer.fields)
        }
    };
}

/// The accessors of events that have the request of the handshake.
macro_rules! handshake_accessors {
    () => {
        /// A parameter of the query string; of several with that name, the last.
        pub fn query(&self, name: &str) -> Option<&str> {
            self.raw.query_string_parameters.first(name)
        }

        /// All values of a parameter of the query string, in order.
        pub fn query_all(&self, name: &str) -> Vec<&str> {
            let all = self.raw.multi_value_query_string_parameters.all(name);
            all.unwrap_or_else(|| self.query(name).into_iter().collect())
        }

        /// A header of the handshake, in any case; of several with that name, the first. Browsers cannot set headers other
        /// than `Sec-WebSocket-Protocol` and cookies.
        pub fn header(&self, name: &str) -> Option<&str> {
            self.headers().get(name).and_then(|value| value.to_str().ok())
        }

        /// All headers of the handshake.
        pub fn headers(&self) -> &http::HeaderMap {
            let all = &self.raw.multi_value_headers;
            if all.is_empty() { &self.raw.headers } else { all }
        }

        /// A cookie, as the client sent it.
        pub fn cookie(&self, name: &str) -> Option<&str> {
            crate::event::cookie(self.headers(), name)
        }

        /// The subprotocols that the client offers in `Sec-WebSocket-Protocol`, in its order. Besides cookies, this is the
        /// only header that a browser can set.
        pub fn protocols(&self) -> impl Iterator<Item = &str> {
            crate::event::protocols(self.headers())
        }
    };
}

pub(crate) use {authorized_event_accessors, connection_event_accessors, handshake_accessors};

pub(crate) fn cookie<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(http::header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

pub(crate) fn protocols(headers: &http::HeaderMap) -> impl Iterator<Item = &str> {
    let offered = headers.get_all(http::header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let offered = offered.filter_map(|value| value.to_str().ok());
    offered.flat_map(|header| header.split(',')).map(str::trim).filter(|protocol| !protocol.is_empty())
}
