//! Routes of WebSocket APIs written out as `AWS::ApiGatewayV2::Route`, `Integration` and `RouteResponse`.

use std::collections::{BTreeMap, BTreeSet};

use super::classic::parts;
use super::context::Context;
use super::intrinsics::check_length;
use super::invocables::Target;
use super::problem::Problem;
use super::properties::Node;
use super::resource_types::{INTEGRATION, ROUTE, ROUTE_RESPONSE};
use super::web_socket_apis::{CONNECT, Stage, requires_api_key, returns_response, timeout, warn_about};
use super::{Integration, Invocable, Route, mock};
use local_core::invocation::FunctionReference;

/// The logical ids of routes that have a route response. Its key can only be `$default`.
pub(super) fn answering_routes(context: &Context<'_>) -> Result<BTreeSet<String>, Problem> {
    let mut routes = BTreeSet::new();
    for (logical_id, resource) in context.of_types(&[ROUTE_RESPONSE]) {
        let properties = context.properties(logical_id, resource)?;
        if properties.require("RouteResponseKey")?.text()? == "$default" {
            routes.insert(properties.require("RouteId")?.text()?);
        }
    }
    Ok(routes)
}

/// The classic routes of the API of `stage`, also of one that SAM makes, with their keys.
pub(super) fn read(
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<(String, Route)>, Problem> {
    let mut routes = Vec::new();
    for (logical_id, properties) in parts(context, ROUTE, &stage.api_id)? {
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
                let consequence = if key == CONNECT { ", and everybody may connect" } else { "" };
                warnings.push(format!("{} is left out{consequence}: {reason}", properties.place()));
                continue;
            }
        };
        let route = Route {
            integration,
            timeout: timeout(&settings, "TimeoutInMillis")?,
            returns_response: returns_response(&properties, context.answering_routes.contains(logical_id), warnings),
            throttle: stage.throttles.of_route(&key),
            requires_api_key: requires_api_key(&properties)?,
        };
        routes.push((key, route));
    }
    Ok(routes)
}

/// The integration that `Target` names.
pub(super) fn target<'r>(
    route: &Node<'_>,
    context: &Context<'r>,
    warnings: &mut Vec<String>,
) -> Result<Option<(&'r str, Node<'r>)>, Problem> {
    let Some(target) = route.text_at("Target")? else {
        warnings.push(format!("{} is left out: it has no `Target`", route.place()));
        return Ok(None);
    };
    let name = target.strip_prefix("integrations/").unwrap_or_else(|| {
        warnings
            .push(format!("`Target` of {} is `{target}`: API Gateway wants `integrations/{target}`", route.place()));
        &target
    });
    match context.resources.get_key_value(name) {
        Some((logical_id, resource)) if resource.kind == INTEGRATION => {
            Ok(Some((logical_id, context.properties(logical_id, resource)?)))
        }
        _ => {
            let integrations: Vec<String> = context.of_types(&[INTEGRATION]).map(|(name, _)| name.to_owned()).collect();
            let message = format!("`Target` of {} names `{name}`, which is no integration", route.place());
            Err(Problem::unknown(message, "integrations", &integrations))
        }
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
        "MOCK" => Ok(mock::read(logical_id, settings, context)?.map(Integration::Mock)),
        kind => Ok(Err(not_emulated(settings, kind))),
    }
}

/// Why an integration cannot answer.
pub(super) fn not_emulated(integration: &Node<'_>, kind: &str) -> String {
    format!("{} is of type `{kind}`, which is not emulated", integration.place())
}

/// What of an API calls a function.
pub(super) struct Caller {
    /// The route or the authorizer, as a warning names it.
    pub(super) place: String,
    /// Its path in ARNs below the API's: `STAGE/ROUTEKEY` or `authorizers/ID`.
    pub(super) path: String,
}

/// The function behind `uri`, or why it cannot be called here. With credentials the API calls with a role of the
/// template's, and needs no permission of the function.
pub(super) fn invocable(
    uri: &Node<'_>,
    has_credentials: bool,
    caller: &Caller,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Result<Invocable, String>, Problem> {
    let function = match function(uri, &stage.variables, context)? {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let source = format!("{}/{}", stage.api_id, caller.path);
    let objection = context.permissions.objection(&function, &source).filter(|_| !has_credentials);
    if let Some(objection) = &objection {
        let Caller { place, path } = caller;
        warnings.push(format!(
            "API Gateway may not invoke `{function}` for {place}: {objection}; add one with the principal \
             `apigateway.amazonaws.com`, and if it has a `SourceArn`, one that matches `…:${{{}}}/{path}`",
            stage.api
        ));
    }
    Ok(Ok(Invocable { function, is_permitted: objection.is_none() }))
}

/// The function behind `uri`, or why it cannot be called here.
pub(super) fn function(
    uri: &Node<'_>,
    stage_variables: &BTreeMap<String, String>,
    context: &Context<'_>,
) -> Result<Result<FunctionReference, String>, Problem> {
    let mut text = uri.text()?;
    for (name, value) in stage_variables {
        let variable = format!("${{stageVariables.{name}}}");
        check_length(text.len().saturating_add(text.matches(&variable).count().saturating_mul(value.len())))?;
        text = text.replace(&variable, value);
    }
    if let Some((_, variable)) = text.split_once("${stageVariables.") {
        let name = variable.split('}').next().unwrap_or_default();
        return Ok(Err(format!("{} needs the stage variable `{name}`, which is not there", uri.place())));
    }
    match context.invocables.find(&text).map_err(|problem| problem.at(&uri.place()))? {
        Target::Here(function) => Ok(Ok(function)),
        Target::Elsewhere => Ok(Err(format!("{} is in another account or region, `{text}`", uri.place()))),
    }
}
