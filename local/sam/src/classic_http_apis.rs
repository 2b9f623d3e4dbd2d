//! HTTP APIs written out as `AWS::ApiGatewayV2::Api`, `Route`, `Integration` and `Stage`.

use std::collections::BTreeMap;

use super::classic::parts;
use super::classic_routes::{function, not_emulated, target};
use super::context::Context;
use super::http_apis::{DEFAULT_PATH, add, check_payload_format, method, path, timeout};
use super::problem::Problem;
use super::properties::Node;
use super::references::HTTP_STAGE;
use super::resource_types::{API, ROUTE, STAGE};
use super::web_socket_apis::{required_stage_name, stage_variables};
use super::{HttpApi, HttpRoute};

/// Properties that change what a client sees, and that nothing here emulates.
const NOT_EMULATED: [&str; 4] = ["Body", "BodyS3Location", "CorsConfiguration", "DisableExecuteApiEndpoint"];

/// The classic HTTP APIs in the order of their logical ids.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<HttpApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.of_types(&[API]) {
        let properties = context.properties(logical_id, resource)?;
        if is_web_socket_api(&properties)? {
            continue;
        }
        for property in NOT_EMULATED.into_iter().filter(|property| properties.has(property)) {
            warnings.push(format!("`{property}` of `{logical_id}` is not emulated"));
        }
        let api_id = context.resolver.references.get(logical_id)?;
        let mut stages = parts(context, STAGE, &api_id)?.into_iter();
        let (name, stage_variables) = match stages.next() {
            Some((_, stage)) => (required_stage_name(&stage, HTTP_STAGE)?, stage_variables(&stage)?),
            // Quick create makes the stage, too.
            None if properties.has("Target") => (HTTP_STAGE.to_owned(), BTreeMap::new()),
            None => {
                warnings.push(format!("`{logical_id}` has no stage in the template: it is served as `{HTTP_STAGE}`"));
                (HTTP_STAGE.to_owned(), BTreeMap::new())
            }
        };
        if stages.next().is_some() {
            warnings.push(format!("`{logical_id}` has several stages: only `{name}` is served"));
        }
        let mut api =
            HttpApi { logical_id: logical_id.to_owned(), api_id, stage: name, routes: Vec::new(), stage_variables };
        if let Some(target) = properties.get("Target")? {
            add_quickly(&mut api, &properties, &target, context, warnings)?;
        }
        add_routes(&mut api, context, warnings)?;
        apis.push(api);
    }
    Ok(apis)
}

/// Whether a classic API is one for WebSockets. Without a protocol its definition is OpenAPI, and so for HTTP.
pub(super) fn is_web_socket_api(properties: &Node<'_>) -> Result<bool, Problem> {
    Ok(properties.text_at("ProtocolType")?.is_some_and(|protocol| protocol.eq_ignore_ascii_case("WEBSOCKET")))
}

/// Quick create: `Target` is the function itself, and `RouteKey` its one route.
fn add_quickly(
    api: &mut HttpApi,
    properties: &Node<'_>,
    target: &Node<'_>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Problem> {
    let text = target.text()?;
    if text.starts_with("http://") || text.starts_with("https://") {
        warnings.push(format!("{} is left out: it is no function but `{text}`", target.place()));
        return Ok(());
    }
    let function = match function(target, &api.stage_variables, context)? {
        Ok(function) => function,
        Err(reason) => {
            warnings.push(format!("{} is left out: {reason}", target.place()));
            return Ok(());
        }
    };
    let (method, path) = match properties.get("RouteKey")? {
        Some(key) => route_key(&key)?,
        None => (None, DEFAULT_PATH.to_owned()),
    };
    let timeout = timeout(properties)?;
    add(api, HttpRoute { method, path, function, timeout, requires_iam: false }, properties)
}

/// Adds the classic routes to an API, also to one that SAM makes.
pub(super) fn add_routes(api: &mut HttpApi, context: &Context<'_>, warnings: &mut Vec<String>) -> Result<(), Problem> {
    for (_, route) in parts(context, ROUTE, &api.api_id)? {
        let Some((_, integration)) = target(&route, context, warnings)? else {
            continue;
        };
        let kind = integration.require("IntegrationType")?.text()?;
        if kind != "AWS_PROXY" || integration.has("IntegrationSubtype") {
            let kind = integration.text_at("IntegrationSubtype")?.unwrap_or(kind);
            warnings.push(format!("{} is left out: {}", route.place(), not_emulated(&integration, &kind)));
            continue;
        }
        let uri = integration.require("IntegrationUri")?;
        let function = match function(&uri, &api.stage_variables, context)? {
            Ok(function) => function,
            Err(reason) => {
                warnings.push(format!("{} is left out: {reason}", route.place()));
                continue;
            }
        };
        if !integration.has("CredentialsArn") && !context.permissions.concern(&function.name) {
            warnings.push(format!(
                "API Gateway may not invoke `{function}` for {} on AWS: the template has no `AWS::Lambda::Permission` for it",
                route.place()
            ));
        }
        check_payload_format(&integration, "1.0", warnings)?;
        let (method, path) = route_key(&route.require("RouteKey")?)?;
        let requires_iam = requires_iam(&route, warnings)?;
        let timeout = timeout(&integration)?;
        add(api, HttpRoute { method, path, function, timeout, requires_iam }, &route)?;
    }
    Ok(())
}

/// `GET /pets/{id}`, `ANY /{proxy+}` or `$default`.
fn route_key(node: &Node<'_>) -> Result<(Option<http::Method>, String), Problem> {
    let key = node.text()?;
    match key.split_once(' ') {
        Some((name, rest)) => Ok((method(node, name)?, path(node, rest.trim())?)),
        None if key == DEFAULT_PATH => Ok((None, key)),
        None => Err(node.problem(&format!("is `{key}`"), "write `METHOD /path`, `ANY /path` or `$default`")),
    }
}

fn requires_iam(route: &Node<'_>, warnings: &mut Vec<String>) -> Result<bool, Problem> {
    match route.text_at("AuthorizationType")?.as_deref() {
        None | Some("NONE") => Ok(false),
        Some("AWS_IAM") => Ok(true),
        Some(other) => {
            warnings.push(format!(
                "the authorizer of {} is not emulated: it is of type `{other}`, and everybody may call",
                route.place()
            ));
            Ok(false)
        }
    }
}
