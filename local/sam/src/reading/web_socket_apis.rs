//! WebSocket APIs: `AWS::ApiGatewayV2::Api` of the protocol `WEBSOCKET`.

use super::apis::is_web_socket_api;
use super::context::Context;
use super::stack::Stack;
use super::{api_keys, authorization, custom_domains, routes, stages};
use crate::model::WebSocketApi;
use crate::problem::Problem;
use crate::resource_types::{API, ROUTE, STAGE};

/// The name of the stage of an API that has none in the template.
const MISSING_STAGE: &str = "default";

/// The WebSocket APIs in the order of their logical ids.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<WebSocketApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.stack.of_types(&[API]) {
        let properties = context.stack.properties(logical_id, resource)?;
        if !is_web_socket_api(&properties)? {
            continue;
        }
        let stage = stages::read(logical_id, MISSING_STAGE, false, context.stack, warnings)?;
        let routes = routes::read(&stage, context, warnings)?;
        let authorization = authorization::read(&stage, context, warnings)?;
        stage.throttles.warn_about_strays(logical_id, routes.keys(), warnings);
        let is_disabled = custom_domains::is_unreachable(&properties, &stage.api_id, context.stack)?;
        if is_disabled {
            warnings.push(format!(
                "`{logical_id}` rejects all clients, as on AWS: it has `DisableExecuteApiEndpoint` and no custom domain"
            ));
        }
        let api_keys = api_keys::read(logical_id, &properties, routes.iter(), context.stack, warnings)?;
        apis.push(WebSocketApi {
            logical_id: stage.api,
            api_id: stage.api_id,
            stage: stage.name,
            route_selection_expression: properties.require("RouteSelectionExpression")?.text()?,
            api_keys,
            routes,
            authorization,
            stage_variables: stage.variables,
            is_disabled,
        });
    }
    warn_about_strays(context.stack, warnings)?;
    Ok(apis)
}

/// Names the routes and stages whose API is not one of the template's.
fn warn_about_strays(stack: Stack<'_>, warnings: &mut Vec<String>) -> Result<(), Problem> {
    let mut apis = Vec::new();
    for (logical_id, _) in stack.of_types(&[API]) {
        apis.push(stack.reference(logical_id)?);
    }
    for (logical_id, resource) in stack.of_types(&[STAGE]) {
        let properties = stack.properties(logical_id, resource)?;
        if let Ok(Some(api)) = properties.text_at("ApiId")
            && !apis.contains(&api)
        {
            let place = properties.place();
            warnings.push(format!("{place} is left out: its `ApiId` is not a WebSocket or HTTP API of the template"));
        }
    }
    for (logical_id, resource) in stack.of_types(&[ROUTE]) {
        let properties = stack.properties(logical_id, resource)?;
        if !apis.contains(&properties.require("ApiId")?.text()?) {
            let place = properties.place();
            let is_protected = properties.text_at("AuthorizationType")?.is_some_and(|kind| kind != "NONE");
            let consequence = if is_protected { ", and connections are NOT authorized" } else { "" };
            warnings.push(format!(
                "{place} is left out{consequence}: its `ApiId` is not a WebSocket or HTTP API of the template"
            ));
        }
    }
    Ok(())
}
