//! Where a route ends: asks a function or a mock, and tells what became of it.

use std::time::Duration;

use serde_json::Value;

use super::gateway::Gateway;
use super::integration_outcome::IntegrationOutcome;
use super::mock;
use super::proxy_response::ProxyResponse;
use local_core::invocation::{FunctionReference, Invocation};
use local_sam::{Integration, Invocable, Route};

/// Asks the integration of `route` about `event`, within the route's timeout.
pub(super) async fn ask(gateway: &Gateway, route: &Route, event: &Value) -> IntegrationOutcome {
    ask_within(route.timeout, gateway, route, event).await
}

/// Asks the integration of `route` about `event`, within `limit`.
pub(super) async fn ask_within(limit: Duration, gateway: &Gateway, route: &Route, event: &Value) -> IntegrationOutcome {
    match &route.integration {
        Integration::Lambda(invocable) => ask_function(limit, gateway, invocable, event).await,
        Integration::Mock(mock) => mock::ask(gateway, route, mock, event),
    }
}

async fn ask_function(limit: Duration, gateway: &Gateway, invocable: &Invocable, event: &Value) -> IntegrationOutcome {
    let function = &invocable.function;
    if !invocable.is_permitted {
        return IntegrationOutcome::Unreachable(not_permitted(function));
    }
    match gateway.options.functions.invoke(function, event, limit).await {
        Invocation::Returned(returned) => match ProxyResponse::parse(&returned) {
            Some(response) => IntegrationOutcome::Answered(response),
            None => IntegrationOutcome::Broken(format!("`{function}` returned no proxy response")),
        },
        Invocation::Failed(error) => IntegrationOutcome::Broken(format!("`{function}` failed: {error}")),
        Invocation::Refused { reason } => {
            IntegrationOutcome::Unreachable(format!("`{function}` was not invoked: {reason}"))
        }
        Invocation::TimedOut => IntegrationOutcome::TimedOut(format!("`{function}` did not answer within {limit:?}")),
    }
}

/// What the person must know of a function without permission.
pub(super) fn not_permitted(function: &FunctionReference) -> String {
    format!(
        "API Gateway may not invoke `{function}`: no `AWS::Lambda::Permission` of the template lets it, as the warning at \
         the start explains"
    )
}
