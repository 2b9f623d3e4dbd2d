//! `AWS::Serverless::WebSocketApi`, and what classic WebSocket APIs share with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::context::Context;
use super::problem::Problem;
use super::properties::Node;
use super::references::{WEB_SOCKET_STAGE, generated_route_id};
use super::resource_types::WEB_SOCKET_API;
use super::{Authorization, Authorizer, IdentitySource, Integration, Invocable, Route, WebSocketApi, classic};

/// The shortest time in milliseconds that an integration may be given (API Gateway quotas for WebSocket APIs).
const SHORTEST_TIMEOUT: u64 = 50;
/// The longest, and the one where the template says nothing (the same page).
const LONGEST_TIMEOUT: u64 = 29_000;
/// The route whose authorization protects the whole connection.
pub(super) const CONNECT: &str = "$connect";

/// The SAM WebSocket APIs in the order of their logical ids; `answering` holds the routes with a route response.
pub(super) fn read(
    context: &Context<'_>,
    answering: &BTreeSet<String>,
    warnings: &mut Vec<String>,
) -> Result<Vec<WebSocketApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.of_types(&[WEB_SOCKET_API]) {
        let properties = context.properties(logical_id, resource)?;
        let api_id = context.resolver.references.get(logical_id)?;
        let stage_variables = stage_variables(&properties)?;
        let mut routes = routes(logical_id, &properties, context, answering, warnings)?;
        for (key, route) in classic::routes(context, &api_id, &stage_variables, answering, warnings)? {
            insert(&mut routes, logical_id, key, route)?;
        }
        apis.push(WebSocketApi {
            logical_id: logical_id.to_owned(),
            api_id,
            stage: stage_name(&properties, WEB_SOCKET_STAGE)?,
            route_selection_expression: properties.require("RouteSelectionExpression")?.text()?,
            routes,
            authorization: authorization(&properties, context, warnings)?,
            is_disabled: false,
            stage_variables,
        });
    }
    Ok(apis)
}

fn routes(
    api: &str,
    properties: &Node<'_>,
    context: &Context<'_>,
    answering: &BTreeSet<String>,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Route>, Problem> {
    let declared = properties.require("Routes")?;
    let mut routes = BTreeMap::new();
    for key in declared.keys()? {
        let Some(route) = declared.get(&key)? else { continue };
        warn_about(&route, warnings);
        let Some(function) = context.function(&route.require("FunctionArn")?, warnings)? else {
            continue;
        };
        let timeout = timeout(&route, "IntegrationTimeout")?;
        let has_response = answering.contains(&generated_route_id(api, &key));
        let returns_response = returns_response(&route, has_response, warnings);
        let integration = Integration::Lambda(Invocable { function, is_permitted: true });
        routes.insert(key, Route { integration, timeout, returns_response, throttle: None });
    }
    Ok(routes)
}

/// Adds a route unless there is one with its key.
pub(super) fn insert(
    routes: &mut BTreeMap<String, Route>,
    api: &str,
    key: String,
    route: Route,
) -> Result<(), Problem> {
    if routes.contains_key(&key) {
        let message = format!("the route key `{key}` stands twice in `{api}`");
        return Err(Problem::new(message, "remove one of the routes"));
    }
    routes.insert(key, route);
    Ok(())
}

/// How long the integration may take, from `key` in milliseconds.
pub(super) fn timeout(node: &Node<'_>, key: &str) -> Result<Duration, Problem> {
    let timeout = node.get(key)?.map(|timeout| timeout.integer(SHORTEST_TIMEOUT..=LONGEST_TIMEOUT)).transpose()?;
    Ok(Duration::from_millis(timeout.unwrap_or(LONGEST_TIMEOUT)))
}

/// `StageName`, which must fit into a path: letters, digits, `-` and `_`, or `default` as it is.
pub(super) fn stage_name(node: &Node<'_>, default: &str) -> Result<String, Problem> {
    let Some(stage) = node.get("StageName")? else {
        return Ok(default.to_owned());
    };
    let name = stage.text()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name == default || !name.is_empty() && name.bytes().all(is_plain) {
        return Ok(name);
    }
    Err(stage.problem(&format!("is `{name}`"), "make it of letters, digits, `-` and `_`"))
}

/// The `StageVariables` of an API or a stage.
pub(super) fn stage_variables(node: &Node<'_>) -> Result<BTreeMap<String, String>, Problem> {
    node.get("StageVariables")?.map_or(Ok(BTreeMap::new()), |variables| variables.texts())
}

/// Whether a route sends the function's `body`: its expression alone does nothing, on AWS and here.
pub(super) fn returns_response(route: &Node<'_>, has_response: bool, warnings: &mut Vec<String>) -> bool {
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
pub(super) fn warn_about(route: &Node<'_>, warnings: &mut Vec<String>) {
    let needs_key = route.get("ApiKeyRequired").ok().flatten().is_some_and(|key| key.boolean().unwrap_or(true));
    if needs_key {
        warnings.push(format!("`ApiKeyRequired` in {} is not emulated: no key is asked for", route.place()));
    }
    for property in ["RequestModels", "RequestParameters"].into_iter().filter(|property| route.has(property)) {
        warnings.push(format!("`{property}` in {} is not emulated: every request passes", route.place()));
    }
}

fn authorization(
    properties: &Node<'_>,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Authorization, Problem> {
    let Some(auth) = properties.get("Auth")? else {
        return Ok(Authorization::None);
    };
    let kind = auth.require("AuthType")?;
    match kind.text()?.as_str() {
        "NONE" => Ok(Authorization::None),
        "AWS_IAM" => Ok(Authorization::Iam),
        "CUSTOM" => {
            if !properties.require("Routes")?.has(CONNECT) {
                return Err(auth.problem("needs a `$connect` route", "add `$connect` to `Routes`"));
            }
            let function = auth.require("AuthArn")?;
            let identity_sources = identity_sources(&auth)?;
            let function = context.function(&function, warnings)?;
            Ok(lambda_authorization(function, identity_sources))
        }
        other => Err(kind.problem(&format!("is `{other}`"), "write `NONE`, `CUSTOM` or `AWS_IAM`")),
    }
}

/// Authorization by `function`; one that is elsewhere cannot be asked, so that nobody decides.
pub(super) fn lambda_authorization(function: Option<String>, identity_sources: Vec<IdentitySource>) -> Authorization {
    function.map_or(Authorization::None, |function| {
        Authorization::Lambda(Authorizer { invocable: Invocable { function, is_permitted: true }, identity_sources })
    })
}

/// `IdentitySource`, a list or texts with commas between.
pub(super) fn identity_sources(node: &Node<'_>) -> Result<Vec<IdentitySource>, Problem> {
    let Some(source) = node.get("IdentitySource")? else {
        return Ok(Vec::new());
    };
    let items = if source.value().is_array() { source.items()? } else { vec![source.clone()] };
    let mut sources = Vec::new();
    for item in items {
        for text in item.text()?.split(',') {
            let text = text.trim();
            sources.push(identity_source(text).ok_or_else(|| {
                item.problem(
                    &format!("is `{text}`, which is no identity source of a WebSocket API"),
                    "write `route.request.header.NAME`, `route.request.querystring.NAME`, `stageVariables.NAME` or `context.NAME`",
                )
            })?);
        }
    }
    Ok(sources)
}

fn identity_source(text: &str) -> Option<IdentitySource> {
    let name = |beginning| text.strip_prefix(beginning).filter(|name: &&str| !name.is_empty()).map(str::to_owned);
    name("route.request.header.")
        .map(IdentitySource::Header)
        .or_else(|| name("route.request.querystring.").map(IdentitySource::QueryString))
        .or_else(|| name("stageVariables.").map(IdentitySource::StageVariable))
        .or_else(|| name("context.").map(IdentitySource::Context))
}
