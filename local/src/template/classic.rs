//! WebSocket APIs written out as `AWS::ApiGatewayV2::Api`, `Route`, `Integration`, `Authorizer`, `Stage` and
//! `RouteResponse`.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::invocables::Target;
use super::problem::Problem;
use super::properties::Node;
use super::references::api_id;
use super::resource_types::{API, AUTHORIZER, INTEGRATION, ROUTE, ROUTE_RESPONSE, STAGE, WEB_SOCKET_API};
use super::web_socket_apis::{
    CONNECT, identity_sources, insert, lambda_authorization, returns_response, stage_name, stage_variables, timeout,
    warn_about,
};
use super::{Authorization, Integration, Invocable, Route, WebSocketApi};

/// What stands for the stage of an API that has none in the template.
const MISSING_STAGE: &str = "default";

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

/// The classic WebSocket APIs in the order of their logical ids.
pub(super) fn read(
    context: &Context<'_>,
    answering: &BTreeSet<String>,
    warnings: &mut Vec<String>,
) -> Result<Vec<WebSocketApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.of_types(&[API]) {
        let properties = context.properties(logical_id, resource)?;
        if properties.text_at("ProtocolType")?.as_deref() != Some("WEBSOCKET") {
            warnings.push(format!("`{logical_id}` is not served: of HTTP APIs only `AWS::Serverless::HttpApi` is"));
            continue;
        }
        let api_id = context.resolver.references.get(logical_id)?;
        let stage = stage(logical_id, &api_id, context, warnings)?;
        let stage_variables = stage.as_ref().map_or(Ok(BTreeMap::new()), stage_variables)?;
        let mut routes = BTreeMap::new();
        for (key, route) in self::routes(context, &api_id, &stage_variables, answering, warnings)? {
            insert(&mut routes, logical_id, key, route)?;
        }
        apis.push(WebSocketApi {
            logical_id: logical_id.to_owned(),
            stage: stage.map_or(Ok(MISSING_STAGE.to_owned()), |stage| stage_name(&stage, MISSING_STAGE))?,
            route_selection_expression: properties.require("RouteSelectionExpression")?.text()?,
            routes,
            authorization: authorization(context, &api_id, &stage_variables, warnings)?,
            is_disabled: false,
            api_id,
            stage_variables,
        });
    }
    warn_about_strays(context, warnings)?;
    Ok(apis)
}

/// Names the routes whose API is none of the template's.
fn warn_about_strays(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<(), Problem> {
    let apis: Vec<&str> = context.of_types(&[API, WEB_SOCKET_API]).map(|(logical_id, _)| logical_id).collect();
    for (logical_id, resource) in context.of_types(&[ROUTE]) {
        let api = context.properties(logical_id, resource)?.require("ApiId")?.text()?;
        if !apis.iter().any(|logical_id| api_id(logical_id) == api) {
            warnings.push(format!("`{logical_id}` is left out: its `ApiId` is no WebSocket API of the template"));
        }
    }
    Ok(())
}

/// The properties of the resources of one type that belong to an API.
fn parts<'r>(context: &Context<'r>, kind: &'r str, api_id: &str) -> Result<Vec<(&'r str, Node<'r>)>, Problem> {
    let mut parts = Vec::new();
    for (logical_id, resource) in context.resources {
        if resource.kind == kind {
            let properties = context.properties(logical_id, resource)?;
            if properties.require("ApiId")?.text()? == api_id {
                parts.push((logical_id.as_str(), properties));
            }
        }
    }
    Ok(parts)
}

fn stage<'r>(
    api: &str,
    api_id: &str,
    context: &Context<'r>,
    warnings: &mut Vec<String>,
) -> Result<Option<Node<'r>>, Problem> {
    let mut stages = parts(context, STAGE, api_id)?.into_iter();
    let first = stages.next();
    match (&first, stages.next()) {
        (None, _) => warnings.push(format!("`{api}` has no stage in the template: it is served as `{MISSING_STAGE}`")),
        (Some((stage, _)), Some(_)) => {
            warnings.push(format!("`{api}` has several stages: only `{stage}` is served"));
        }
        (Some(_), None) => {}
    }
    Ok(first.map(|(_, stage)| stage))
}

/// The classic routes of the API with `api_id`, also of one that SAM makes, with their keys.
pub(super) fn routes(
    context: &Context<'_>,
    api_id: &str,
    stage_variables: &BTreeMap<String, String>,
    answering: &BTreeSet<String>,
    warnings: &mut Vec<String>,
) -> Result<Vec<(String, Route)>, Problem> {
    let mut routes = Vec::new();
    for (logical_id, properties) in parts(context, ROUTE, api_id)? {
        warn_about(&properties, warnings);
        let Some(integration) = integration(&properties, context, warnings)? else {
            continue;
        };
        let uri = integration.require("IntegrationUri")?;
        let Some(function) = function(&uri, stage_variables, context, warnings)? else {
            continue;
        };
        let timeout = timeout(&integration, "TimeoutInMillis")?;
        let returns_response = returns_response(&properties, answering.contains(logical_id), warnings);
        let integration = Integration::Lambda(Invocable { function, is_permitted: true });
        let route = Route { integration, timeout, returns_response, throttle: None };
        routes.push((properties.require("RouteKey")?.text()?, route));
    }
    Ok(routes)
}

/// The integration that `Target` names, if it ends at a function.
fn integration<'r>(
    route: &Node<'_>,
    context: &Context<'r>,
    warnings: &mut Vec<String>,
) -> Result<Option<Node<'r>>, Problem> {
    let Some(target) = route.text_at("Target")? else {
        warnings.push(format!("{} is left out: it has no `Target`", route.place()));
        return Ok(None);
    };
    let name = target.strip_prefix("integrations/").unwrap_or(&target);
    let Some((logical_id, resource)) = context.resources.get_key_value(name) else {
        let integrations: Vec<String> = context.of_types(&[INTEGRATION]).map(|(name, _)| name.to_owned()).collect();
        let message = format!("`Target` of {} names `{name}`, which is no integration", route.place());
        return Err(Problem::unknown(message, "integrations", &integrations));
    };
    let integration = context.properties(logical_id, resource)?;
    let kind = integration.require("IntegrationType")?.text()?;
    if kind != "AWS_PROXY" {
        warnings.push(format!("{} is left out: integrations of type `{kind}` are not emulated", route.place()));
        return Ok(None);
    }
    Ok(Some(integration))
}

fn function(
    uri: &Node<'_>,
    stage_variables: &BTreeMap<String, String>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<String>, Problem> {
    let mut text = uri.text()?;
    for (name, value) in stage_variables {
        text = text.replace(&format!("${{stageVariables.{name}}}"), value);
    }
    match context.invocables.find(&text).map_err(|problem| problem.at(&uri.place()))? {
        Target::Here(name) => Ok(Some(name)),
        Target::Elsewhere => {
            warnings.push(format!("{} is left out: `{text}` is in another account or region", uri.place()));
            Ok(None)
        }
    }
}

/// Who decides on the `$connect` route. On other routes it has no effect.
fn authorization(
    context: &Context<'_>,
    api_id: &str,
    stage_variables: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> Result<Authorization, Problem> {
    for (_, route) in parts(context, ROUTE, api_id)? {
        if route.require("RouteKey")?.text()? != CONNECT {
            continue;
        }
        match route.text_at("AuthorizationType")?.as_deref() {
            Some("AWS_IAM") => return Ok(Authorization::Iam),
            Some("CUSTOM") => {
                let name = route.require("AuthorizerId")?.text()?;
                let Some((_, properties)) = parts(context, AUTHORIZER, api_id)?.into_iter().find(|(id, _)| *id == name)
                else {
                    let names: Vec<String> = context.of_types(&[AUTHORIZER]).map(|(name, _)| name.to_owned()).collect();
                    let message = format!(
                        "`AuthorizerId` of {} names `{name}`, which is no authorizer of its API",
                        route.place()
                    );
                    return Err(Problem::unknown(message, "authorizers", &names));
                };
                let identity_sources = identity_sources(&properties)?;
                let function = function(&properties.require("AuthorizerUri")?, stage_variables, context, warnings)?;
                return Ok(lambda_authorization(function, identity_sources));
            }
            _ => {}
        }
    }
    Ok(Authorization::None)
}
