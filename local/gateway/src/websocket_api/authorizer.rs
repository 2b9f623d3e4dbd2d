//! The Lambda authorizer of `$connect`.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::Client;
use super::gateway::Gateway;
use super::handshake_request::{HandshakeRequest, MultiMap};
use super::limits::{AUTHORIZER_TIMEOUT, MAX_AUTHORIZER_RESULT_BYTES};
use super::{events, integration, routes};
use local_core::invocation::Invocation;
use local_iam::PolicyDocument;
use local_sam::{Authorizer, IdentitySource};

/// The error message of a function by which it says 401 instead of 500.
const UNAUTHORIZED: &str = "Unauthorized";

/// What an authorizer says about a handshake.
pub(super) enum Decision {
    /// The function lets the client in.
    Allowed {
        /// `requestContext.authorizer` of every event of the connection.
        context: BTreeMap<String, String>,
        /// The API key, for APIs that take it from the authorizer.
        usage_identifier_key: Option<String>,
    },
    /// An identity source is missing: the function was not asked.
    Unidentified { reason: String },
    /// The function said no, or nothing that makes sense.
    Refused { status: StatusCode, reason: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: String,
    policy_document: PolicyDocument,
    #[serde(default)]
    context: Option<Map<String, Value>>,
    #[serde(default)]
    usage_identifier_key: Option<String>,
}

/// Asks `authorizer` about a handshake.
pub(super) async fn decide(
    gateway: &Gateway,
    authorizer: &Authorizer,
    client: &Client,
    asked: &HandshakeRequest,
    request_id: &str,
) -> Decision {
    let arn = gateway.arn(routes::CONNECT);
    let event = events::authorizer(gateway, client, asked, request_id, &arn);
    for source in &authorizer.identity_sources {
        if identity(source, gateway, asked, &event).is_none_or(|value| value.is_empty()) {
            return Decision::Unidentified {
                reason: format!("identity source missing or empty: {}", describe(source)),
            };
        }
    }
    let function = &authorizer.invocable.function;
    let broken = |reason: String| Decision::Refused { status: StatusCode::INTERNAL_SERVER_ERROR, reason };
    if !authorizer.invocable.is_permitted {
        return broken(integration::not_permitted(function));
    }
    match gateway.options.functions.invoke(function, &event, AUTHORIZER_TIMEOUT).await {
        Invocation::Returned(returned) => match read(&returned, &arn) {
            Ok(Some(allowed)) => allowed,
            Ok(None) => Decision::Refused {
                status: StatusCode::FORBIDDEN,
                reason: format!("the policy of authorizer `{function}` does not allow `{arn}`"),
            },
            Err(reason) => broken(format!("authorizer `{function}` returned no valid answer: {reason}")),
        },
        Invocation::Failed(error) if error.message == UNAUTHORIZED => Decision::Refused {
            status: StatusCode::UNAUTHORIZED,
            reason: format!("authorizer `{function}` said `{UNAUTHORIZED}`"),
        },
        Invocation::Failed(error) => broken(format!("authorizer `{function}` failed: {error}")),
        Invocation::Refused { reason } => broken(format!("authorizer `{function}` was not invoked: {reason}")),
        Invocation::TimedOut => broken(format!("authorizer `{function}` did not answer within {AUTHORIZER_TIMEOUT:?}")),
    }
}

fn identity(source: &IdentitySource, gateway: &Gateway, asked: &HandshakeRequest, event: &Value) -> Option<String> {
    let last = |map: &MultiMap, name: &str| map.get(name).and_then(|values| values.last().cloned());
    match source {
        IdentitySource::Header(name) => {
            let found = asked.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
            found.and_then(|(_, values)| values.last().cloned())
        }
        IdentitySource::QueryString(name) => asked.query.as_ref().and_then(|query| last(query, name)),
        IdentitySource::StageVariable(name) => gateway.api.stage_variables.get(name).cloned(),
        IdentitySource::Context(path) => {
            let found = path.split('.').try_fold(&event["requestContext"], |value, name| value.get(name));
            found.and_then(scalar)
        }
    }
}

fn describe(source: &IdentitySource) -> String {
    match source {
        IdentitySource::Header(name) => format!("header `{name}`"),
        IdentitySource::QueryString(name) => format!("query string `{name}`"),
        IdentitySource::StageVariable(name) => format!("stage variable `{name}`"),
        IdentitySource::Context(name) => format!("context `{name}`"),
    }
}

/// The decision of an answer that allows `arn`, `None` of one that does not; the error says why it is no answer.
fn read(returned: &[u8], arn: &str) -> Result<Option<Decision>, String> {
    if returned.len() > MAX_AUTHORIZER_RESULT_BYTES {
        return Err(format!("it has {} bytes, more than {MAX_AUTHORIZER_RESULT_BYTES}", returned.len()));
    }
    // The parser's own words would quote the answer, and its context may hold secrets.
    let answer: Answer = serde_json::from_slice(returned)
        .map_err(|_| "it needs a string `principalId` and a valid `policyDocument`".to_owned())?;
    let mut context = BTreeMap::new();
    for (name, value) in answer.context.unwrap_or_default() {
        match value {
            Value::Null => {}
            value => {
                let text =
                    scalar(&value).ok_or_else(|| format!("`context.{name}` is neither string, number nor boolean"))?;
                context.insert(name, text);
            }
        }
    }
    context.insert("principalId".to_owned(), answer.principal_id);
    let allowed = answer.policy_document.allows("execute-api:Invoke", arn).map_err(|key| {
        format!("its policy for `{arn}` depends on `{key}`, which is missing in a statement or not evaluated here")
    })?;
    Ok(allowed.then_some(Decision::Allowed { context, usage_identifier_key: answer.usage_identifier_key }))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
