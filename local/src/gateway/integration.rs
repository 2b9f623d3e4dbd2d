//! Where a route ends: asks a function or a mock, and tells what became of it.

use std::time::Duration;

use serde_json::Value;

use super::proxy_response::ProxyResponse;
use super::{Gateway, mock};
use crate::lambda::Invocation;
use crate::template::{FunctionReference, Integration, Invocable, Route};

/// What came of asking an integration. The texts are for the person at the terminal.
pub(super) enum Outcome {
    /// A well-formed proxy response.
    Answered(ProxyResponse),
    /// The function failed, or what it returned is no proxy response.
    Broken(String),
    /// The integration could not be asked.
    Unreachable(String),
    /// It did not answer in time.
    TimedOut(String),
}

/// Asks the integration of `route` about `event`, within the route's timeout.
pub(super) async fn ask(gateway: &Gateway, route: &Route, event: &Value) -> Outcome {
    ask_within(route.timeout, gateway, route, event).await
}

/// Asks the integration of `route` about `event`, within `limit`.
pub(super) async fn ask_within(limit: Duration, gateway: &Gateway, route: &Route, event: &Value) -> Outcome {
    match &route.integration {
        Integration::Lambda(invocable) => ask_function(limit, gateway, invocable, event).await,
        Integration::Mock(mock) => mock::ask(gateway, route, mock, event),
    }
}

async fn ask_function(limit: Duration, gateway: &Gateway, invocable: &Invocable, event: &Value) -> Outcome {
    let function = &invocable.function;
    if !invocable.is_permitted {
        return Outcome::Unreachable(not_permitted(function));
    }
    match gateway.options.lambda.invoke(function, event, limit).await {
        Invocation::Returned(returned) => match ProxyResponse::parse(&returned) {
            Some(response) => Outcome::Answered(response),
            None => Outcome::Broken(format!("`{function}` returned no proxy response")),
        },
        Invocation::Failed(error) => Outcome::Broken(format!("`{function}` failed: {error}")),
        Invocation::Refused { reason } => Outcome::Unreachable(format!("`{function}` was not invoked: {reason}")),
        Invocation::TimedOut => Outcome::TimedOut(format!("`{function}` did not answer within {limit:?}")),
    }
}

/// What the person must know of a function without permission.
pub(super) fn not_permitted(function: &FunctionReference) -> String {
    format!(
        "API Gateway may not invoke `{function}`: no `AWS::Lambda::Permission` of the template lets it, as the warning at \
         the start explains"
    )
}
