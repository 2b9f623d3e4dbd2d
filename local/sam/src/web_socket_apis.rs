//! `AWS::Serverless::WebSocketApi`, and what classic WebSocket APIs share with it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::classic::parts;
use super::context::Context;
use super::problem::Problem;
use super::properties::Node;
use super::references::{WEB_SOCKET_STAGE, generated_route_id};
use super::resource_types::{STAGE, WEB_SOCKET_API};
use super::throttles::Throttles;
use super::{Authorization, Authorizer, IdentitySource, Integration, Invocable, Route, WebSocketApi};
use super::{api_keys, classic_routes, custom_domains};

/// The shortest time in milliseconds that an integration may be given (API Gateway quotas for WebSocket APIs).
const SHORTEST_TIMEOUT: u64 = 50;
/// The longest, and the one where the template says nothing (the same page).
const LONGEST_TIMEOUT: u64 = 29_000;
/// The route whose authorization protects the whole connection.
pub(super) const CONNECT: &str = "$connect";

/// The SAM WebSocket APIs in the order of their logical ids.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<WebSocketApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.of_types(&[WEB_SOCKET_API]) {
        let properties = context.properties(logical_id, resource)?;
        let api_id = context.resolver.references.get(logical_id)?;
        for (stage, _) in parts(context, STAGE, &api_id)? {
            warnings.push(format!("`{stage}` is left out: `{logical_id}` is served with its own stage only"));
        }
        let stage = Stage {
            api: logical_id.to_owned(),
            api_id,
            name: stage_name(&properties, WEB_SOCKET_STAGE)?,
            variables: stage_variables(&properties)?,
            throttles: Throttles::of(&properties)?,
        };
        let mut routes = routes(logical_id, &properties, &stage.throttles, context, warnings)?;
        for (key, route) in classic_routes::read(&stage, context, warnings)? {
            insert(&mut routes, logical_id, key, route)?;
        }
        let authorization = authorization(&properties, context, warnings)?;
        apis.push(web_socket_api(&properties, stage, routes, authorization, context, warnings)?);
    }
    Ok(apis)
}

/// The stage that is served, and the API that it belongs to.
pub(super) struct Stage {
    /// The logical id of the API.
    pub(super) api: String,
    pub(super) api_id: String,
    pub(super) name: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) throttles: Throttles,
}

/// Puts an API together, and names what about it will surprise.
pub(super) fn web_socket_api(
    properties: &Node<'_>,
    stage: Stage,
    routes: BTreeMap<String, Route>,
    authorization: Authorization,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<WebSocketApi, Problem> {
    let logical_id = &stage.api;
    stage.throttles.warn_about_strays(logical_id, routes.keys(), warnings);
    let is_disabled = custom_domains::is_unreachable(properties, &stage.api_id, context)?;
    if is_disabled {
        warnings.push(format!(
            "`{logical_id}` serves nobody, as on AWS: it has `DisableExecuteApiEndpoint`, and no custom domain"
        ));
    }
    let api_keys = api_keys::read(logical_id, properties, routes.iter(), context, warnings)?;
    Ok(WebSocketApi {
        logical_id: stage.api,
        api_id: stage.api_id,
        stage: stage.name,
        route_selection_expression: properties.require("RouteSelectionExpression")?.text()?,
        api_keys,
        routes,
        authorization,
        stage_variables: stage.variables,
        is_disabled,
    })
}

fn routes(
    api: &str,
    properties: &Node<'_>,
    throttles: &Throttles,
    context: &Context<'_>,
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
        let has_response = context.answering_routes.contains(&generated_route_id(api, &key));
        let route = Route {
            // SAM makes a permission for each of its routes.
            integration: Integration::Lambda(Invocable { function, is_permitted: true }),
            timeout: timeout(&route, "IntegrationTimeout")?,
            returns_response: returns_response(&route, has_response, warnings),
            throttle: throttles.of_route(&key),
            requires_api_key: requires_api_key(&route)?,
        };
        routes.insert(key, route);
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

/// `StageName` of an API of SAM, which has a `default`.
pub(super) fn stage_name(api: &Node<'_>, default: &str) -> Result<String, Problem> {
    api.get("StageName")?.map_or(Ok(default.to_owned()), |stage| checked_stage_name(&stage, default))
}

/// `StageName` of a stage, which CloudFormation makes of nothing else.
pub(super) fn required_stage_name(stage: &Node<'_>, default: &str) -> Result<String, Problem> {
    checked_stage_name(&stage.require("StageName")?, default)
}

/// It must fit into a path: letters, digits, `-` and `_`, or `default` as it is.
fn checked_stage_name(stage: &Node<'_>, default: &str) -> Result<String, Problem> {
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

/// `ApiKeyRequired` of a route.
pub(super) fn requires_api_key(route: &Node<'_>) -> Result<bool, Problem> {
    route.get("ApiKeyRequired")?.map_or(Ok(false), |required| required.boolean())
}

/// Names what a route asks for and the gateway does not do.
pub(super) fn warn_about(route: &Node<'_>, warnings: &mut Vec<String>) {
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
            // SAM makes a permission for it.
            let invocable = function.map(|function| Invocable { function, is_permitted: true });
            Ok(lambda_authorization(invocable, identity_sources))
        }
        other => Err(kind.problem(&format!("is `{other}`"), "write `NONE`, `CUSTOM` or `AWS_IAM`")),
    }
}

/// Authorization by a function; one that is elsewhere cannot be asked, so that nobody decides.
pub(super) fn lambda_authorization(
    invocable: Option<Invocable>,
    identity_sources: Vec<IdentitySource>,
) -> Authorization {
    invocable.map_or(Authorization::None, |invocable| Authorization::Lambda(Authorizer { invocable, identity_sources }))
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
