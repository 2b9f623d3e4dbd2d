//! The `$connect` authorizer: its request and its response.

use std::collections::HashMap;
use std::fmt;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use lambda_runtime::Context as Invocation;
use serde::Serialize;
use serde_json::{Value, json};

use crate::event::{ConnectionEvent, connection_event_accessors, handshake_accessors};
use crate::{Answer, BoxError, Deadline, Error, Event, Peer, Session};

/// The event of a REQUEST authorizer: API Gateway asks it before `$connect`.
///
/// ```
/// use parlor::{AuthorizerRequest, AuthorizerResponse, Error, Session};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Claims {
///     user: String,
/// }
///
/// # fn verify(token: &str) -> Option<(Claims, u64)> { None }
/// async fn authorize(_state: &(), request: AuthorizerRequest) -> Result<AuthorizerResponse, Error> {
///     let Some((claims, expires_at)) = request.query("token").and_then(verify) else {
///         return Ok(request.unauthorized());
///     };
///     request.allow(&Session::new(claims, expires_at))
/// }
/// ```
pub struct AuthorizerRequest {
    /// The connection that may be opened.
    pub peer: Peer,
    /// By when the handler must be done.
    pub deadline: Deadline,
    raw: ApiGatewayWebsocketProxyRequest,
    method_arn: String,
}

impl AuthorizerRequest {
    /// Lets the client go on to `$connect`. Every later event of the connection has the session:
    /// [`Message::session`](crate::Message::session).
    ///
    /// # Errors
    /// The session cannot be written as JSON.
    pub fn allow<T: Serialize>(self, session: &Session<T>) -> Result<AuthorizerResponse, Error> {
        Ok(AuthorizerResponse::Allow { method_arn: self.method_arn, context: session.to_context()? })
    }

    /// Lets the client go on to `$connect`, with a context of scalars: [`Message::context`](crate::Message::context). The
    /// context has no end: it is valid for as long as the connection lives.
    ///
    /// # Errors
    /// A value is not a text, a number or a boolean. API Gateway would answer 500.
    pub fn allow_with_context(self, context: HashMap<String, Value>) -> Result<AuthorizerResponse, Error> {
        if context.values().any(|value| !(value.is_string() || value.is_number() || value.is_boolean())) {
            return Err(Error::Event("been answered with a context that is not made of scalars"));
        }
        Ok(AuthorizerResponse::Allow { method_arn: self.method_arn, context })
    }

    /// Answers 403: the client is known and may not connect.
    pub fn deny(self) -> AuthorizerResponse {
        AuthorizerResponse::Deny { method_arn: self.method_arn }
    }

    /// Answers 401: the client is not known.
    pub fn unauthorized(self) -> AuthorizerResponse {
        AuthorizerResponse::Unauthorized
    }

    /// The ARN of the route: `arn:aws:execute-api:{region}:{account}:{api}/{stage}/$connect`.
    pub fn method_arn(&self) -> &str {
        &self.method_arn
    }

    connection_event_accessors!();
    handshake_accessors!();
}

impl Event for AuthorizerRequest {
    type Payload = Value;
    type Answer = AuthorizerResponse;

    fn parse(payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        let method_arn = payload.get("methodArn").and_then(Value::as_str).ok_or(Error::Event("no `methodArn`"))?;
        let method_arn = method_arn.to_owned();
        let ConnectionEvent { peer, deadline, raw } = ConnectionEvent::parse(payload, invocation)?;
        Ok(Self { peer, deadline, raw, method_arn })
    }
}

/// An authorizer's response. It is valid for one handshake: WebSocket APIs do not cache it.
///
/// [`AuthorizerRequest`] has a method for each.
///
/// ```
/// use parlor::AuthorizerResponse;
///
/// fn is_allowed(response: &AuthorizerResponse) -> bool {
///     matches!(response, AuthorizerResponse::Allow { .. })
/// }
/// ```
#[derive(Clone, PartialEq)]
pub enum AuthorizerResponse {
    /// The handshake goes on to `$connect`.
    Allow {
        /// The ARN of the route, for the policy.
        method_arn: String,
        /// Scalars that API Gateway adds to every later event of the connection.
        context: HashMap<String, Value>,
    },
    /// The handshake is answered with 403.
    Deny {
        /// The ARN of the route, for the policy.
        method_arn: String,
    },
    /// The handshake is answered with 401.
    Unauthorized,
}

/// Without the context, which may be confidential.
impl fmt::Debug for AuthorizerResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Allow { .. } => "Allow",
            Self::Deny { .. } => "Deny",
            Self::Unauthorized => "Unauthorized",
        })
    }
}

/// API Gateway answers 401 to a failed invocation with exactly this message, and has no other way to ask for it.
#[derive(Debug, thiserror::Error)]
#[error("Unauthorized")]
pub(crate) struct Unauthorized;

impl Answer for AuthorizerResponse {
    fn into_payload(self) -> Result<Value, BoxError> {
        let (effect, method_arn, context) = match self {
            Self::Allow { method_arn, context } => ("Allow", method_arn, context),
            Self::Deny { method_arn } => ("Deny", method_arn, HashMap::new()),
            Self::Unauthorized => return Err(Unauthorized.into()),
        };
        Ok(json!({
            // Required, and written to access logs by default formats: so it is not the name of the user.
            "principalId": "client",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": method_arn }],
            },
            "context": context,
        }))
    }
}
