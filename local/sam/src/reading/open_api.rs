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
/// Fields of a path that are operations.
const OPERATIONS: [&str; 8] =
    ["delete", "get", "head", "options", "patch", "post", "put", "x-amazon-apigateway-any-method"];
/// What SAM names the security of a route without an authorizer.
const NO_AUTHORIZER: &str = "NONE";

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
    if let Some(version) = body.get("swagger")? {
        warnings.push(format!("{} is not possible: HTTP APIs import OpenAPI 3.0 only", version.place()));
    }
    let Some(paths) = body.get("paths")? else { return Ok(()) };
    for template in paths.keys()? {
        let Some(item) = paths.get(&template)? else { continue };
        for name in item.keys()? {
            if name == "$ref" {
                warnings.push(format!("{} is left out: `$ref` of a path is not followed", item.place()));
            }
            if !OPERATIONS.contains(&name.to_ascii_lowercase().as_str()) {
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
    let Some(kind) = integration.text_at("type")? else {
        left_out("its integration has no `type`; a `$ref` is not followed");
        return Ok(None);
    };
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
    if operation.has("x-amazon-apigateway-auth") {
        warnings.push(not_authorized(operation, "x-amazon-apigateway-auth"));
    }
    let mut requires_iam = false;
    for requirement in security.map_or(Ok(Vec::new()), |security| security.items())? {
        for name in requirement.keys()? {
            let scheme = schemes.as_ref().map_or(Ok(None), |schemes| schemes.get(&name))?;
            let kind = scheme.as_ref().map_or(Ok(None), |scheme| scheme.text_at("x-amazon-apigateway-authtype"))?;
            if kind.as_deref() == Some(SIGNATURE) {
                requires_iam = true;
            } else if scheme.is_some() || name != NO_AUTHORIZER {
                warnings.push(not_authorized(operation, &name));
            }
        }
    }
    Ok(requires_iam)
}
