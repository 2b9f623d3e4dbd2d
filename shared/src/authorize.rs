//! The `$connect` authorizer: who asks, and what may be answered.

use std::collections::HashMap;

use lambda_runtime::Context as Invocation;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use crate::event::split_protocols;
use crate::{Error, Event, Session};

/// A REQUEST authorizer's event: a client that wants to connect, before `$connect`.
///
/// `aws_lambda_events` has a type for REST APIs that lacks what a WebSocket API sends, hence one of our own.
pub struct Authorize {
    /// What the client offered as `Sec-WebSocket-Protocol`, in its order: the only header that a browser can set.
    pub protocols: Vec<String>,
    method_arn: String,
}

/// The part of the event that [`Authorize`] is made of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizePayload {
    method_arn: String,
    #[serde(default)]
    headers: HashMap<String, String>,
}

impl Event for Authorize {
    type Payload = AuthorizePayload;

    fn parse(payload: Self::Payload, _invocation: &Invocation) -> Result<Self, Error> {
        let offered = payload.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"));
        let protocols = offered.flat_map(|(_, value)| split_protocols(value)).collect();
        Ok(Self { protocols, method_arn: payload.method_arn })
    }
}

impl Authorize {
    /// Lets the client go on to `$connect`, and gives its session to every event of the connection.
    ///
    /// # Errors
    /// The session cannot be written as JSON.
    pub fn allow<T: Serialize>(self, session: &Session<T>) -> Result<Verdict, Error> {
        Ok(Verdict { effect: Effect::Allow, method_arn: self.method_arn, context: session.to_context()? })
    }

    /// Answers 403: the client is known, and may not.
    pub fn deny(self) -> Verdict {
        Verdict { effect: Effect::Deny, method_arn: self.method_arn, context: HashMap::new() }
    }

    /// Answers 401: the client is not known. API Gateway only understands this as a failed invocation.
    ///
    /// # Errors
    /// Always, by design.
    pub fn unauthorized(self) -> Result<Verdict, Error> {
        Err(Error::Unauthorized)
    }
}

/// An authorizer's answer. There is no caching for WebSocket APIs: it stands for one handshake.
pub struct Verdict {
    effect: Effect,
    method_arn: String,
    context: HashMap<&'static str, String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
enum Effect {
    Allow,
    Deny,
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            // Required, and written to access logs by default formats: so not the member.
            "principalId": "client",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{ "Action": "execute-api:Invoke", "Effect": self.effect, "Resource": self.method_arn }],
            },
            "context": self.context,
        })
        .serialize(serializer)
    }
}
