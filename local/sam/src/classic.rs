//! WebSocket APIs written out as `AWS::ApiGatewayV2::Api`, `Route`, `Integration`, `Authorizer`, `Stage` and
//! `RouteResponse`.

use std::collections::BTreeMap;

use super::classic_http_apis::is_web_socket_api;
use super::classic_routes::{self, Caller};
use super::context::Context;
use super::problem::Problem;
use super::properties::Node;
use super::references::api_id;
use super::resource_types::IMPLICIT_HTTP_API;
use super::resource_types::{API, AUTHORIZER, HTTP_API, ROUTE, STAGE, WEB_SOCKET_API};
use super::throttles::Throttles;
use super::web_socket_apis::{
    CONNECT, Stage, identity_sources, insert, lambda_authorization, required_stage_name, stage_variables,
    web_socket_api,
};
use super::{Authorization, WebSocketApi};

/// What stands for the stage of an API that has none in the template.
const MISSING_STAGE: &str = "default";

/// The classic WebSocket APIs in the order of their logical ids.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<WebSocketApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.of_types(&[API]) {
        let properties = context.properties(logical_id, resource)?;
        if !is_web_socket_api(&properties)? {
            continue;
        }
        let stage = stage(logical_id, context, warnings)?;
        let mut routes = BTreeMap::new();
        for (key, route) in classic_routes::read(&stage, context, warnings)? {
            insert(&mut routes, logical_id, key, route)?;
        }
        let authorization = authorization(&stage, context, warnings)?;
        apis.push(web_socket_api(&properties, stage, routes, authorization, context, warnings)?);
    }
    warn_about_strays(context, warnings)?;
    Ok(apis)
}

/// Names the routes whose API is none of the template's.
fn warn_about_strays(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<(), Problem> {
    let kinds = [API, HTTP_API, WEB_SOCKET_API];
    let declared = context.resources.iter().filter(|(_, resource)| kinds.contains(&resource.kind.as_str()));
    let apis: Vec<&str> = declared.map(|(logical_id, _)| logical_id.as_str()).chain([IMPLICIT_HTTP_API]).collect();
    for (logical_id, resource) in context.of_types(&[ROUTE]) {
        let api = context.properties(logical_id, resource)?.require("ApiId")?.text()?;
        if !apis.iter().any(|logical_id| api_id(logical_id) == api) {
            warnings
                .push(format!("`{logical_id}` is left out: its `ApiId` is no WebSocket or HTTP API of the template"));
        }
    }
    Ok(())
}

/// The properties of the resources of one type that belong to an API.
pub(super) fn parts<'r>(
    context: &Context<'r>,
    kind: &'r str,
    api_id: &str,
) -> Result<Vec<(&'r str, Node<'r>)>, Problem> {
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

/// The first stage of an API; one without any is served all the same.
fn stage(api: &str, context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Stage, Problem> {
    let api_id = context.resolver.references.get(api)?;
    let mut stages = parts(context, STAGE, &api_id)?.into_iter();
    let Some((first, stage)) = stages.next() else {
        warnings.push(format!("`{api}` has no stage in the template: it is served as `{MISSING_STAGE}`"));
        let (variables, throttles) = (BTreeMap::new(), Throttles::default());
        return Ok(Stage { api: api.to_owned(), api_id, name: MISSING_STAGE.to_owned(), variables, throttles });
    };
    if stages.next().is_some() {
        warnings.push(format!("`{api}` has several stages: only `{first}` is served"));
    }
    Ok(Stage {
        name: required_stage_name(&stage, MISSING_STAGE)?,
        variables: stage_variables(&stage)?,
        throttles: Throttles::of(&stage)?,
        api: api.to_owned(),
        api_id,
    })
}

/// Who decides on the `$connect` route. On other routes it has no effect.
fn authorization(stage: &Stage, context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Authorization, Problem> {
    for (_, route) in parts(context, ROUTE, &stage.api_id)? {
        if route.require("RouteKey")?.text()? != CONNECT {
            continue;
        }
        match route.text_at("AuthorizationType")?.as_deref() {
            Some("AWS_IAM") => return Ok(Authorization::Iam),
            Some("CUSTOM") => {
                let name = route.require("AuthorizerId")?.text()?;
                let Some((_, properties)) =
                    parts(context, AUTHORIZER, &stage.api_id)?.into_iter().find(|(id, _)| *id == name)
                else {
                    let names: Vec<String> = context.of_types(&[AUTHORIZER]).map(|(name, _)| name.to_owned()).collect();
                    let message = format!(
                        "`AuthorizerId` of {} names `{name}`, which is no authorizer of its API",
                        route.place()
                    );
                    return Err(Problem::unknown(message, "authorizers", &names));
                };
                let identity_sources = identity_sources(&properties)?;
                let uri = properties.require("AuthorizerUri")?;
                let has_credentials = properties.has("AuthorizerCredentialsArn");
                let caller = Caller { place: properties.place(), path: format!("authorizers/{name}") };
                let invocable = classic_routes::invocable(&uri, has_credentials, &caller, stage, context, warnings)?;
                if let Err(reason) = &invocable {
                    warnings.push(format!("everybody may connect: {reason}"));
                }
                return Ok(lambda_authorization(invocable.ok(), identity_sources));
            }
            _ => {}
        }
    }
    Ok(Authorization::None)
}
