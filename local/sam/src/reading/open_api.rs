//! The routes of an HTTP API that is defined by OpenAPI, in its `Body`.

use super::context::Context;
use super::http_routes::{
    DEFAULT_PATH, HttpRoutes, TIMEOUT, check_payload_format, check_permission, method, not_authorized, path,
};
use super::integrations::{function, timeout};
use super::stages::Stage;
use crate::evaluation::Node;
use crate::model::HttpRoute;
use crate::problem::Problem;

/// The extension that says where an operation ends.
const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// The authentication type of a security scheme that is IAM's.
const SIGNATURE: &str = "awsSigv4";
/// Fields of a path that are not operations.
const NOT_OPERATIONS: [&str; 4] = ["description", "parameters", "servers", "summary"];

/// Adds the routes of the definition `body`.
pub(super) fn read(
    routes: &mut HttpRoutes,
    body: &Node<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Problem> {
    if let Some(cors) = body.get("x-amazon-apigateway-cors")? {
        warnings.push(format!("{} is not emulated", cors.place()));
    }
    let Some(paths) = body.get("paths")? else { return Ok(()) };
    for template in paths.keys()? {
        let Some(item) = paths.get(&template)? else { continue };
        for name in item.keys()? {
            if NOT_OPERATIONS.contains(&name.as_str()) {
                continue;
            }
            let Some(operation) = item.get(&name)? else { continue };
            if let Some(route) = route(&template, &name, &operation, body, stage, context, warnings)? {
                routes.add(route, &operation)?;
            }
        }
    }
    Ok(())
}

/// The route of an operation; `None`, and a warning, if it does not end at a function here.
fn route(
    template: &str,
    name: &str,
    operation: &Node<'_>,
    body: &Node<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<HttpRoute>, Problem> {
    let mut left_out = |reason: &str| warnings.push(format!("{} is left out: {reason}", operation.place()));
    let Some(integration) = operation.get(INTEGRATION)? else {
        left_out("it has no integration");
        return Ok(None);
    };
    let kind = integration.require("type")?.text()?;
    if !kind.eq_ignore_ascii_case("aws_proxy") || integration.has("integrationSubtype") {
        left_out(&format!("integrations of type `{kind}` are not emulated"));
        return Ok(None);
    }
    let Some(uri) = integration.get("uri")? else {
        left_out("its integration has no `uri`");
        return Ok(None);
    };
    let function = match function(&uri, &stage.variables, context)? {
        Ok(function) => function,
        Err(reason) => {
            left_out(&reason);
            return Ok(None);
        }
    };
    check_permission(&function, operation, integration.has("credentials"), context, warnings);
    check_payload_format(&integration, integration.text_at("payloadFormatVersion")?, "1.0", warnings);
    // With `FailOnWarnings`, SAM begins the default route with a slash.
    let is_default = template.trim_start_matches('/') == DEFAULT_PATH;
    let (method, path) = match is_default {
        true => (None, DEFAULT_PATH.to_owned()),
        false => (method(operation, name)?, path(operation, template)?),
    };
    let requires_iam = requires_iam(operation, body, warnings)?;
    let timeout = timeout(&integration, "timeoutInMillis", TIMEOUT)?;
    Ok(Some(HttpRoute { method, path, function, timeout, requires_iam }))
}

/// Whether the security of an operation, or else that of the whole definition, is a signature of IAM's.
fn requires_iam(operation: &Node<'_>, body: &Node<'_>, warnings: &mut Vec<String>) -> Result<bool, Problem> {
    let security = match operation.get("security")? {
        Some(security) => Some(security),
        None => body.get("security")?,
    };
    let schemes = body.get("components")?.map_or(Ok(None), |components| components.get("securitySchemes"))?;
    let mut requires_iam = false;
    for requirement in security.map_or(Ok(Vec::new()), |security| security.items())? {
        for name in requirement.keys()? {
            // SAM writes `NONE` for a route without an authorizer.
            let Some(scheme) = schemes.as_ref().map_or(Ok(None), |schemes| schemes.get(&name))? else { continue };
            if scheme.text_at("x-amazon-apigateway-authtype")?.as_deref() == Some(SIGNATURE) {
                requires_iam = true;
            } else {
                warnings.push(not_authorized(operation, &name));
            }
        }
    }
    Ok(requires_iam)
}
