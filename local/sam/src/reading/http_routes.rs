//! The routes of HTTP APIs: `AWS::ApiGatewayV2::Route` and `Integration`, and quick create.

use std::ops::RangeInclusive;

use http::Method;

use super::context::Context;
use super::integrations::{function, not_emulated, target, timeout};
use super::stages::Stage;
use crate::evaluation::Node;
use crate::model::HttpRoute;
use crate::problem::Problem;
use crate::resource_types::ROUTE;
use local_core::invocation::FunctionReference;

/// Milliseconds that an integration may be given; the longest is also the default (API Gateway quotas for HTTP APIs).
pub(super) const TIMEOUT: RangeInclusive<u64> = 50..=30_000;
/// The path of the route that takes what no other does.
pub(super) const DEFAULT_PATH: &str = "$default";
/// The only format of events here.
const PAYLOAD_FORMAT: &str = "2.0";
/// The methods that API Gateway routes by.
const METHODS: [Method; 7] =
    [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::PATCH, Method::POST, Method::PUT];

/// The routes of an API.
#[derive(Default)]
pub(super) struct HttpRoutes(Vec<HttpRoute>);

impl HttpRoutes {
    /// Adds a route, which is written at `node`.
    ///
    /// # Errors
    /// The API has the route already.
    pub(super) fn add(&mut self, route: HttpRoute, node: &Node<'_>) -> Result<(), Problem> {
        if self.0.iter().any(|other| other.method == route.method && other.path == route.path) {
            return Err(node.problem("is a route that the API has already", "change its method or path"));
        }
        self.0.push(route);
        Ok(())
    }

    /// All routes.
    pub(super) fn into_vec(self) -> Vec<HttpRoute> {
        self.0
    }
}

/// Adds the routes of an API that are resources, and the one that quick create makes.
pub(super) fn read(
    routes: &mut HttpRoutes,
    api: &Node<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Problem> {
    if let Some(target) = api.get("Target")? {
        quick_create(routes, api, &target, stage, context, warnings)?;
    }
    for (_, route) in context.stack.parts(ROUTE, &stage.api_id)? {
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
        let function = match function(&uri, &stage.variables, context)? {
            Ok(function) => function,
            Err(reason) => {
                warnings.push(format!("{} is left out: {reason}", route.place()));
                continue;
            }
        };
        check_permission(&function, &route, integration.has("CredentialsArn"), context, warnings);
        check_payload_format(&integration, integration.text_at("PayloadFormatVersion")?, "1.0", warnings);
        let (method, path) = route_key(&route.require("RouteKey")?)?;
        let requires_iam = requires_iam(&route, warnings)?;
        let timeout = timeout(&integration, "TimeoutInMillis", TIMEOUT)?;
        routes.add(HttpRoute { method, path, function, timeout, requires_iam }, &route)?;
    }
    Ok(())
}

/// Adds the route of an API whose `Target` is the function itself, and `RouteKey` its one route.
fn quick_create(
    routes: &mut HttpRoutes,
    api: &Node<'_>,
    target: &Node<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Problem> {
    let text = target.text()?;
    if text.starts_with("http://") || text.starts_with("https://") {
        warnings.push(format!("{} is left out: `{text}` is not a function", target.place()));
        return Ok(());
    }
    let function = match function(target, &stage.variables, context)? {
        Ok(function) => function,
        Err(reason) => {
            warnings.push(format!("{} is left out: {reason}", target.place()));
            return Ok(());
        }
    };
    let (method, path) = match api.get("RouteKey")? {
        Some(key) => route_key(&key)?,
        None => (None, DEFAULT_PATH.to_owned()),
    };
    let timeout = timeout(api, "TimeoutInMillis", TIMEOUT)?;
    routes.add(HttpRoute { method, path, function, timeout, requires_iam: false }, api)
}

/// Names a function that API Gateway cannot invoke on AWS.
pub(super) fn check_permission(
    function: &FunctionReference,
    route: &Node<'_>,
    has_credentials: bool,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) {
    if !has_credentials && !context.surroundings.permissions.concern(&function.name) {
        warnings.push(format!(
            "API Gateway may not invoke `{function}` for {} on AWS: the template has no `AWS::Lambda::Permission` for it",
            route.place()
        ));
    }
}

/// Names a format other than the one that is served; `default` is the one where the template says nothing.
pub(super) fn check_payload_format(
    integration: &Node<'_>,
    format: Option<String>,
    default: &str,
    warnings: &mut Vec<String>,
) {
    if format.as_deref().unwrap_or(default) != PAYLOAD_FORMAT {
        let place = integration.place();
        warnings.push(format!("{place} gets events of payload format {PAYLOAD_FORMAT}, the only one here"));
    }
}

/// `GET /pets/{id}`, `ANY /{proxy+}` or `$default`.
fn route_key(node: &Node<'_>) -> Result<(Option<Method>, String), Problem> {
    let key = node.text()?;
    match key.split_once(' ') {
        Some((name, rest)) => Ok((method(node, name)?, path(node, rest.trim())?)),
        None if key == DEFAULT_PATH => Ok((None, key)),
        None => Err(node.problem(&format!("is `{key}`"), "write `METHOD /path`, `ANY /path` or `$default`")),
    }
}

/// The method called `name`; `None` means every method.
pub(super) fn method(node: &Node<'_>, name: &str) -> Result<Option<Method>, Problem> {
    if ["any", "*", "x-amazon-apigateway-any-method"].contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    let method = METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name));
    method.map(Some).ok_or_else(|| {
        let names = METHODS.map(|method| format!("`{method}`")).join(", ");
        node.problem(&format!("is `{name}`, which is not a method"), &format!("write `ANY`, {names}"))
    })
}

/// The path that `template` is.
pub(super) fn path(node: &Node<'_>, template: &str) -> Result<String, Problem> {
    if template.starts_with('/') || template == DEFAULT_PATH {
        return Ok(template.to_owned());
    }
    Err(node.problem(&format!("is `{template}`"), "begin it with `/`, or write `$default`"))
}

fn requires_iam(route: &Node<'_>, warnings: &mut Vec<String>) -> Result<bool, Problem> {
    match route.text_at("AuthorizationType")?.as_deref() {
        None | Some("NONE") => Ok(false),
        Some("AWS_IAM") => Ok(true),
        Some(other) => {
            warnings.push(not_authorized(route, other));
            Ok(false)
        }
    }
}

/// Says that an authorizer is not asked.
pub(super) fn not_authorized(route: &Node<'_>, authorizer: &str) -> String {
    format!("calls of {} are NOT authorized: the authorizer `{authorizer}` is not emulated", route.place())
}
