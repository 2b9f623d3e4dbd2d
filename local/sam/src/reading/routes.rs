//! The routes of WebSocket APIs: `AWS::ApiGatewayV2::Route`, `Integration` and `RouteResponse`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::context::Context;
use super::integrations::{Caller, invocable, not_emulated, target, timeout};
use super::mock;
use super::stack::Stack;
use super::stages::Stage;
use crate::evaluation::Node;
use crate::model::{Integration, Route};
use crate::problem::Problem;
use crate::resource_types::{ROUTE, ROUTE_RESPONSE};

/// Milliseconds that an integration may be given; the longest is also the default (API Gateway quotas for WebSocket APIs).
const TIMEOUT: RangeInclusive<u64> = 50..=29_000;
/// The route whose authorization protects the whole connection.
pub(super) const CONNECT: &str = "$connect";

/// The routes of the API of `stage`, by their keys.
pub(super) fn read(
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Route>, Problem> {
    let mut routes = BTreeMap::new();
    for (logical_id, properties) in context.stack.parts(ROUTE, &stage.api_id)? {
        warn_about(&properties, warnings);
        let key = properties.require("RouteKey")?.text()?;
        let Some((integration_id, settings)) = target(&properties, context, warnings)? else {
            continue;
        };
        let caller = Caller { place: properties.place(), path: format!("{}/{key}", stage.name) };
        let integration = match integration(integration_id, &settings, &caller, stage, context, warnings)? {
            Ok(integration) => integration,
            Err(reason) => {
                // What guards the route goes with it.
                let consequence = if key == CONNECT { ", and connections are NOT authorized" } else { "" };
                warnings.push(format!("{} is left out{consequence}: {reason}", properties.place()));
                continue;
            }
        };
        let has_response = has_response(logical_id, context.stack)?;
        let route = Route {
            integration,
            timeout: timeout(&settings, "TimeoutInMillis", TIMEOUT)?,
            returns_response: returns_response(&properties, has_response, warnings),
            throttle: stage.throttles.of_route(&key),
            requires_api_key: properties.get("ApiKeyRequired")?.map_or(Ok(false), |required| required.boolean())?,
        };
        if routes.insert(key.clone(), route).is_some() {
            let message = format!("`{}` has the route key `{key}` twice", stage.api);
            return Err(Problem::new(message, "remove one of the routes"));
        }
    }
    Ok(routes)
}

/// Whether a route has a route response. Its key can only be `$default`.
fn has_response(route_id: &str, stack: Stack<'_>) -> Result<bool, Problem> {
    for (logical_id, resource) in stack.of_types(&[ROUTE_RESPONSE]) {
        let properties = stack.properties(logical_id, resource)?;
        if properties.require("RouteResponseKey")?.text()? == "$default"
            && properties.require("RouteId")?.text()? == route_id
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a route sends the function's `body`: its expression alone does nothing, on AWS and here.
fn returns_response(route: &Node<'_>, has_response: bool, warnings: &mut Vec<String>) -> bool {
    let asks = route.has("RouteResponseSelectionExpression");
    if asks && !has_response {
        warnings.push(format!(
            "{} sends no response: `RouteResponseSelectionExpression` needs an `AWS::ApiGatewayV2::RouteResponse` with the key `$default`",
            route.place()
        ));
    }
    asks && has_response
}

/// Names what a route asks for and the gateway does not do.
fn warn_about(route: &Node<'_>, warnings: &mut Vec<String>) {
    for property in ["RequestModels", "RequestParameters"].into_iter().filter(|property| route.has(property)) {
        warnings.push(format!("`{property}` in {} is not emulated: every request passes", route.place()));
    }
}

/// Where the integration `logical_id` ends, or why that is nowhere here.
fn integration(
    logical_id: &str,
    settings: &Node<'_>,
    caller: &Caller,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Result<Integration, String>, Problem> {
    match settings.require("IntegrationType")?.text()?.as_str() {
        "AWS_PROXY" => {
            let uri = settings.require("IntegrationUri")?;
            let invocable = invocable(&uri, settings.has("CredentialsArn"), caller, stage, context, warnings)?;
            Ok(invocable.map(Integration::Lambda))
        }
        "MOCK" => Ok(mock::read(logical_id, settings, context.stack)?.map(Integration::Mock)),
        kind => Ok(Err(not_emulated(settings, kind))),
    }
}
