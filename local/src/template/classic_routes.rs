//! Routes of WebSocket APIs written out as `AWS::ApiGatewayV2::Route`, `Integration` and `RouteResponse`.

use std::collections::{BTreeMap, BTreeSet};

use super::classic::parts;
use super::context::Context;
use super::intrinsics::check_length;
use super::invocables::Target;
use super::problem::Problem;
use super::properties::Node;
use super::resource_types::{INTEGRATION, ROUTE, ROUTE_RESPONSE};
use super::web_socket_apis::{Stage, requires_api_key, returns_response, timeout, warn_about};
use super::{Integration, Invocable, Route, mock};

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
        let source = format!("{}/{}/{key}", stage.api_id, stage.name);
        let integration = integration(integration_id, &settings, source, stage, context, warnings)?;
        let Some(integration) = integration else {
            warnings.push(format!("{} is left out: nothing here can answer it", properties.place()));
            continue;
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

/// Where the integration `logical_id` ends, for calls from `source`; `None`, and a warning, if that is nowhere here.
fn integration(
    logical_id: &str,
    settings: &Node<'_>,
    source: String,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Integration>, Problem> {
    match settings.require("IntegrationType")?.text()?.as_str() {
        "AWS_PROXY" => {
            let uri = settings.require("IntegrationUri")?;
            let has_credentials = settings.has("CredentialsArn");
            let invocable = invocable(&Caller { uri, has_credentials, source }, stage, context, warnings)?;
            Ok(invocable.map(Integration::Lambda))
        }
        "MOCK" => Ok(mock::read(logical_id, settings, context, warnings)?.map(Integration::Mock)),
        kind => {
            warnings.push(format!("{}: integrations of type `{kind}` are not emulated", settings.place()));
            Ok(None)
        }
    }
}

/// Who calls a function, and how it names it.
pub(super) struct Caller<'r> {
    pub(super) uri: Node<'r>,
    /// Whether it calls with a role of the template's instead of a permission of the function.
    pub(super) has_credentials: bool,
    /// `API/STAGE/ROUTEKEY` or `API/authorizers/ID`.
    pub(super) source: String,
}

/// The function that `caller` calls; `None`, and a warning, if it is elsewhere.
pub(super) fn invocable(
    caller: &Caller<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Invocable>, Problem> {
    let Some((function, reference)) = function(&caller.uri, &stage.variables, context, warnings)? else {
        return Ok(None);
    };
    let objection = match caller.has_credentials {
        true => None,
        false => context.permissions.objection(&function, &reference, &caller.source),
    };
    if let Some(objection) = &objection {
        warnings.push(format!("API Gateway may not invoke `{function}` for `{}`: {objection}", caller.source));
    }
    Ok(Some(Invocable { function, is_permitted: objection.is_none() }))
}

/// The function behind `uri`, and how it is named there; `None`, and a warning, if it is elsewhere.
pub(super) fn function(
    uri: &Node<'_>,
    stage_variables: &BTreeMap<String, String>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<(String, String)>, Problem> {
    let mut text = uri.text()?;
    for (name, value) in stage_variables {
        let variable = format!("${{stageVariables.{name}}}");
        check_length(text.len().saturating_add(text.matches(&variable).count().saturating_mul(value.len())))?;
        text = text.replace(&variable, value);
    }
    match context.invocables.find(&text).map_err(|problem| problem.at(&uri.place()))? {
        Target::Here(function) => Ok(Some((function, text))),
        Target::Elsewhere => {
            warnings.push(format!("{}: `{text}` is in another account or region", uri.place()));
            Ok(None)
        }
    }
}
