//! Events as API Gateway sends them, from a few words or from a file.

use std::marker::PhantomData;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{AuthorizerRequest, Connect, Disconnect, Event, InvocationContext, Message, ScheduledEvent, Session};

/// The time that an invocation has.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An event in the making. What is not set has a plausible value.
///
/// ```
/// use parlor::testing;
///
/// let connect = testing::connect("SOqGjdZioAMCEeg=").query("name", "ada").header("Cookie", "theme=dark").build();
/// assert_eq!((connect.query("name"), connect.cookie("theme")), (Some("ada"), Some("dark")));
/// let message = testing::message("SOqGjdZioAMCEeg=", "{}").route_key("move").build();
/// assert_eq!((message.route_key(), message.source_ip()), ("move", "203.0.113.1"));
/// ```
#[must_use]
pub struct EventBuilder<E> {
    payload: Value,
    event: PhantomData<E>,
}

/// A client that asks for a connection with this id.
pub fn connect(id: &str) -> EventBuilder<Connect> {
    builder(id, "CONNECT", "$connect")
}

/// A frame from this connection, of the route `$default`.
pub fn message(id: &str, body: &str) -> EventBuilder<Message> {
    let mut builder = builder(id, "MESSAGE", "$default");
    builder.payload["body"] = body.into();
    builder.payload["requestContext"]["messageId"] = "SOqHkdxCoAMCEeg=".into();
    builder
}

/// The end of this connection, closed by the client without a code.
pub fn disconnect(id: &str) -> EventBuilder<Disconnect> {
    builder(id, "DISCONNECT", "$disconnect").closed(1005, "Client-side close frame status not set")
}

/// A client that asks for a connection with this id, before `$connect`.
pub fn authorizer_request(id: &str) -> EventBuilder<AuthorizerRequest> {
    let mut builder = builder(id, "CONNECT", "$connect");
    builder.payload["type"] = "REQUEST".into();
    builder.payload["methodArn"] = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/$connect".into();
    builder
}

/// An invocation by a schedule.
pub fn scheduled_event() -> ScheduledEvent {
    parse(json!({}))
}

/// An event from a file: one that `parlor --record DIR` wrote, or one of your own.
///
/// # Panics
/// The file cannot be read, or has no event of this kind.
pub fn replay<E: Event>(file: impl AsRef<Path>) -> E {
    let file = file.as_ref();
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    parse(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn builder<E>(id: &str, event_type: &str, route_key: &str) -> EventBuilder<E> {
    let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
    let payload = json!({
        "headers": {},
        "multiValueHeaders": {},
        "requestContext": {
            "routeKey": route_key,
            "eventType": event_type,
            "extendedRequestId": "SOqGjFLIoAMFpOw=",
            "requestTime": "14/Nov/2023:22:13:20 +0000",
            "messageDirection": "IN",
            "stage": "test",
            "connectedAt": now,
            "requestTimeEpoch": now,
            "identity": { "sourceIp": "203.0.113.1" },
            "requestId": "SOqGjFLIoAMFpOw=",
            "domainName": "abcdef1234.execute-api.us-east-1.amazonaws.com",
            "connectionId": id,
            "apiId": "abcdef1234",
        },
        "isBase64Encoded": false,
    });
    EventBuilder { payload, event: PhantomData }
}

impl<E: Event> EventBuilder<E> {
    /// Adds a parameter to the query string.
    pub fn query(self, name: &str, value: &str) -> Self {
        self.with("queryStringParameters", "multiValueQueryStringParameters", name, value)
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with("headers", "multiValueHeaders", name, value)
    }

    /// Sets the key of the route.
    pub fn route_key(self, route_key: &str) -> Self {
        self.in_context("routeKey", route_key)
    }

    /// Sets the client's IP address.
    pub fn source_ip(mut self, address: &str) -> Self {
        self.payload["requestContext"]["identity"]["sourceIp"] = address.into();
        self
    }

    /// Sets the client's `User-Agent`.
    pub fn user_agent(mut self, name: &str) -> Self {
        self.payload["requestContext"]["identity"]["userAgent"] = name.into();
        self
    }

    /// Sets when the connection was opened, in milliseconds since the epoch.
    pub fn connected_at(self, milliseconds: u64) -> Self {
        self.in_context("connectedAt", milliseconds)
    }

    /// Sets a variable of the stage.
    pub fn stage_variable(mut self, name: &str, value: &str) -> Self {
        self.payload["stageVariables"][name] = value.into();
        self
    }

    /// Sets the context that the authorizer returned: an object of scalars.
    pub fn context(self, context: Value) -> Self {
        self.in_context("authorizer", context)
    }

    /// Sets the session that the authorizer returned.
    ///
    /// # Panics
    /// The claims cannot be written as JSON.
    pub fn session<T: Serialize>(self, session: &Session<T>) -> Self {
        let context = session.to_context().expect("claims that can be written as JSON");
        self.context(context.into_iter().collect())
    }

    /// Sets the close code and the reason.
    pub fn closed(self, code: u16, reason: &str) -> Self {
        self.in_context("disconnectStatusCode", code).in_context("disconnectReason", reason)
    }

    /// The event.
    ///
    /// # Panics
    /// It lacks what such an event has, because the connection id is not one for example.
    pub fn build(self) -> E {
        parse(self.payload)
    }

    fn in_context(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.payload["requestContext"][name] = value.into();
        self
    }

    fn with(mut self, last: &str, all: &str, name: &str, value: &str) -> Self {
        self.payload[last][name] = value.into();
        match self.payload[all][name].as_array_mut() {
            Some(values) => values.push(value.into()),
            None => self.payload[all][name] = json!([value]),
        }
        self
    }
}

fn parse<E: Event>(payload: Value) -> E {
    let mut invocation = InvocationContext::default();
    invocation.deadline = u64::try_from((since_epoch() + TIMEOUT).as_millis()).unwrap_or(u64::MAX);
    invocation.invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test".to_owned();
    let payload = serde_json::from_value(payload).expect("an event of this kind");
    E::parse(payload, &invocation).unwrap_or_else(|error| panic!("not an event of this kind: {error}"))
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A fan-out event, of the payload of an asynchronous invocation.
pub(super) fn fanout_event(payload: Value) -> crate::FanoutEvent {
    parse(payload)
}
