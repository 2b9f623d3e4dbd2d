//! The authorization of the `$connect` route of WebSocket APIs.

use super::context::Context;
use super::integrations::{Caller, invocable};
use super::routes::CONNECT;
use super::stages::Stage;
use crate::evaluation::Node;
use crate::model::{Authorization, Authorizer, IdentitySource};
use crate::problem::Problem;
use crate::resource_types::{AUTHORIZER, ROUTE};

/// How the `$connect` route of an API is authorized.
///
/// # Errors
/// The type is not one of a WebSocket API's, or another route has an authorization, which API Gateway rejects.
pub(super) fn read(stage: &Stage, context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Authorization, Problem> {
    let mut authorization = Authorization::None;
    for (_, route) in context.stack.parts(ROUTE, &stage.api_id)? {
        let Some(kind) = route.get("AuthorizationType")? else { continue };
        let read = match kind.text()?.as_str() {
            "NONE" => continue,
            "AWS_IAM" => Authorization::Iam,
            "CUSTOM" => custom(&route, stage, context, warnings)?,
            other => {
                let message = format!("is `{other}`, which a WebSocket API does not have");
                return Err(kind.problem(&message, "write `NONE`, `CUSTOM` or `AWS_IAM`"));
            }
        };
        if route.require("RouteKey")?.text()? != CONNECT {
            return Err(kind.problem("is not on the `$connect` route", "API Gateway authorizes `$connect` only"));
        }
        authorization = read;
    }
    Ok(authorization)
}

/// Authorization by the authorizer that the route names.
fn custom(
    route: &Node<'_>,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Authorization, Problem> {
    let name = route.require("AuthorizerId")?.text()?;
    let authorizers = context.stack.parts(AUTHORIZER, &stage.api_id)?;
    let Some((_, properties)) = authorizers.iter().find(|(id, _)| *id == name) else {
        let names: Vec<String> = authorizers.iter().map(|(name, _)| (*name).to_owned()).collect();
        let message =
            format!("`AuthorizerId` of {} names `{name}`, which is not an authorizer of its API", route.place());
        return Err(Problem::unknown(message, "authorizers", &names));
    };
    if properties.has("AuthorizerResultTtlInSeconds") {
        warnings.push(format!(
            "`AuthorizerResultTtlInSeconds` in {} has no effect: API Gateway caches results for HTTP APIs only",
            properties.place()
        ));
    }
    let identity_sources = identity_sources(properties)?;
    let uri = properties.require("AuthorizerUri")?;
    let has_credentials = properties.has("AuthorizerCredentialsArn");
    let caller = Caller { place: properties.place(), path: format!("authorizers/{name}") };
    match invocable(&uri, has_credentials, &caller, stage, context, warnings)? {
        Ok(invocable) => Ok(Authorization::Lambda(Authorizer { invocable, identity_sources })),
        Err(reason) => {
            warnings.push(format!("connections are NOT authorized: {reason}"));
            Ok(Authorization::None)
        }
    }
}

/// `IdentitySource`, a list or texts with commas between.
fn identity_sources(node: &Node<'_>) -> Result<Vec<IdentitySource>, Problem> {
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
                    &format!("is `{text}`, which is not an identity source of a WebSocket API"),
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
