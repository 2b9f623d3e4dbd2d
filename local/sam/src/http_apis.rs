//! `AWS::Serverless::HttpApi`, made of the events of functions.

use std::time::Duration;

use http::Method;

use super::context::Context;
use super::document::Resource;
use super::problem::Problem;
use super::properties::Node;
use super::references::HTTP_STAGE;
use super::resource_types::IMPLICIT_HTTP_API;
use super::resource_types::{HTTP_API, SERVERLESS_FUNCTION};
use super::web_socket_apis::{stage_name, stage_variables};
use super::{HttpApi, HttpRoute, classic_http_apis};
use local_core::invocation::FunctionReference;

/// The shortest time in milliseconds that an integration may be given (API Gateway quotas for HTTP APIs).
const SHORTEST_TIMEOUT: u64 = 50;
/// The longest, and the one where the template says nothing (the same page).
const LONGEST_TIMEOUT: u64 = 30_000;
/// The path of the route that takes what no other does.
pub(super) const DEFAULT_PATH: &str = "$default";
/// The only format of events here: SAM's own.
const PAYLOAD_FORMAT: &str = "2.0";
/// The methods that API Gateway routes by.
const METHODS: [Method; 7] =
    [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::PATCH, Method::POST, Method::PUT];

/// Properties that change what a client sees, and that nothing here emulates.
const NOT_EMULATED: [&str; 3] = ["CorsConfiguration", "DefinitionBody", "DefinitionUri"];

/// The HTTP APIs in the order of their logical ids, with `implicit` where an event names none.
pub(super) fn read<'r>(
    context: &Context<'r>,
    implicit: &'r Resource,
    warnings: &mut Vec<String>,
) -> Result<Vec<HttpApi>, Problem> {
    let mut declared = Vec::new();
    for (logical_id, resource) in context.of_types(&[HTTP_API]) {
        declared.push((logical_id, context.properties(logical_id, resource)?));
    }
    if declared.iter().all(|(logical_id, _)| *logical_id != IMPLICIT_HTTP_API) {
        declared.push((IMPLICIT_HTTP_API, context.properties(IMPLICIT_HTTP_API, implicit)?));
    }
    let mut apis = Vec::new();
    for (logical_id, properties) in &declared {
        apis.push(api(logical_id, properties, context)?);
    }
    for api in &mut apis {
        classic_http_apis::add_routes(api, context, warnings)?;
    }
    for event in events(context)? {
        let Some(index) = apis.iter().position(|api| [&api.api_id, &api.logical_id].contains(&&event.api)) else {
            warnings.push(format!("{} is left out: its `ApiId` is no HTTP API of the template", event.node.place()));
            continue;
        };
        let route = route(&event, &declared[index].1, warnings)?;
        add(&mut apis[index], route, &event.node)?;
    }
    apis.retain(|api| api.logical_id != IMPLICIT_HTTP_API || !api.routes.is_empty());
    for (logical_id, properties) in &declared {
        let is_served = apis.iter().any(|api| api.logical_id == *logical_id);
        for property in NOT_EMULATED.into_iter().filter(|property| is_served && properties.has(property)) {
            warnings.push(format!("`{property}` of `{logical_id}` is not emulated"));
        }
    }
    apis.extend(classic_http_apis::read(context, warnings)?);
    apis.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    Ok(apis)
}

/// Adds a route, which stands at `node`, unless the API has it already.
pub(super) fn add(api: &mut HttpApi, route: HttpRoute, node: &Node<'_>) -> Result<(), Problem> {
    if api.routes.iter().any(|other| other.method == route.method && other.path == route.path) {
        return Err(node.problem("is a route that the API has already", "change its method or path"));
    }
    api.routes.push(route);
    Ok(())
}

fn api(logical_id: &str, properties: &Node<'_>, context: &Context<'_>) -> Result<HttpApi, Problem> {
    Ok(HttpApi {
        logical_id: logical_id.to_owned(),
        api_id: context.resolver.references.get(logical_id)?,
        stage: stage_name(properties, HTTP_STAGE)?,
        routes: Vec::new(),
        stage_variables: stage_variables(properties)?,
    })
}

/// An event of type `HttpApi`.
struct Event<'r> {
    /// The `Properties` of the event, or the event itself where it has none.
    node: Node<'r>,
    function: FunctionReference,
    /// The id or the logical id of its API.
    api: String,
}

fn events<'r>(context: &Context<'r>) -> Result<Vec<Event<'r>>, Problem> {
    let mut found = Vec::new();
    for (logical_id, resource) in context.of_types(&[SERVERLESS_FUNCTION]) {
        let Some(events) = context.properties(logical_id, resource)?.get("Events")? else {
            continue;
        };
        let function = context.published(logical_id, resource)?;
        for name in events.keys()? {
            let Some(event) = events.get(&name)? else { continue };
            if event.require("Type")?.text()? == "HttpApi" {
                let node = event.get("Properties")?.unwrap_or(event);
                let api = node.text_at("ApiId")?.unwrap_or_else(|| IMPLICIT_HTTP_API.to_owned());
                found.push(Event { node, function: function.clone(), api });
            }
        }
    }
    Ok(found)
}

fn route(event: &Event<'_>, api: &Node<'_>, warnings: &mut Vec<String>) -> Result<HttpRoute, Problem> {
    let node = &event.node;
    let (method, path) = if node.has("Path") || node.has("Method") {
        let (name, template) = (node.require("Method")?, node.require("Path")?);
        (method(&name, &name.text()?)?, path(&template, &template.text()?)?)
    } else {
        (None, DEFAULT_PATH.to_owned())
    };
    check_payload_format(node, PAYLOAD_FORMAT, warnings)?;
    Ok(HttpRoute {
        requires_iam: requires_iam(node, method.as_ref(), api, warnings)?,
        method,
        path,
        function: event.function.clone(),
        timeout: timeout(node)?,
    })
}

/// Names a format other than the one that is served; `default` is the one where the template says nothing.
pub(super) fn check_payload_format(node: &Node<'_>, default: &str, warnings: &mut Vec<String>) -> Result<(), Problem> {
    let format = node.text_at("PayloadFormatVersion")?;
    if format.as_deref().unwrap_or(default) != PAYLOAD_FORMAT {
        warnings.push(format!("{} gets events of payload format {PAYLOAD_FORMAT}, the only one here", node.place()));
    }
    Ok(())
}

/// How long API Gateway waits: `TimeoutInMillis`.
pub(super) fn timeout(node: &Node<'_>) -> Result<Duration, Problem> {
    let limit = node.get("TimeoutInMillis")?;
    let timeout = limit.map(|limit| limit.integer(SHORTEST_TIMEOUT..=LONGEST_TIMEOUT)).transpose()?;
    Ok(Duration::from_millis(timeout.unwrap_or(LONGEST_TIMEOUT)))
}

/// The method called `name`; `None` stands for every method.
pub(super) fn method(node: &Node<'_>, name: &str) -> Result<Option<Method>, Problem> {
    if ["any", "*", "x-amazon-apigateway-any-method"].contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    let method = METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name));
    method.map(Some).ok_or_else(|| {
        let names = METHODS.map(|method| format!("`{method}`")).join(", ");
        node.problem(&format!("is `{name}`, which is no method"), &format!("write `ANY`, {names}"))
    })
}

/// The path that `template` is.
pub(super) fn path(node: &Node<'_>, template: &str) -> Result<String, Problem> {
    if template.starts_with('/') || template == DEFAULT_PATH {
        return Ok(template.to_owned());
    }
    Err(node.problem(&format!("is `{template}`"), "begin it with `/`, or write `$default`"))
}

/// Whether a route is protected by IAM: its own authorizer counts before that of the API.
fn requires_iam(
    event: &Node<'_>,
    method: Option<&Method>,
    api: &Node<'_>,
    warnings: &mut Vec<String>,
) -> Result<bool, Problem> {
    let own = event.get("Auth")?.map_or(Ok(None), |auth| auth.text_at("Authorizer"))?;
    let auth = api.get("Auth")?;
    let default = auth.as_ref().map_or(Ok(None), |auth| auth.text_at("DefaultAuthorizer"))?;
    // SAM keeps preflight requests open.
    let default = default.filter(|_| method != Some(&Method::OPTIONS));
    let Some(name) = own.or(default) else { return Ok(false) };
    let enables_iam = match auth.as_ref().map_or(Ok(None), |auth| auth.get("EnableIamAuthorizer"))? {
        Some(enabled) => enabled.boolean()?,
        None => false,
    };
    let declared = auth.as_ref().map_or(Ok(None), |auth| auth.get("Authorizers"))?;
    match name.as_str() {
        "NONE" => Ok(false),
        "AWS_IAM" if enables_iam => Ok(true),
        _ if declared.is_some_and(|authorizers| authorizers.has(&name)) => {
            warnings.push(format!("the authorizer `{name}` of {} is not emulated: everybody may call", event.place()));
            Ok(false)
        }
        "AWS_IAM" => Err(event.problem(
            "asks for the authorizer `AWS_IAM`, which its API does not enable",
            "write `EnableIamAuthorizer: true` in the `Auth` of the API",
        )),
        _ => Err(event.problem(
            &format!("asks for the authorizer `{name}`, which its API does not have"),
            "add it to `Auth.Authorizers` of the API",
        )),
    }
}
