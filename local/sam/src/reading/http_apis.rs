//! HTTP APIs: `AWS::ApiGatewayV2::Api` of the protocol `HTTP`, or defined by OpenAPI.

use super::apis::is_web_socket_api;
use super::context::Context;
use super::http_routes::{self, HttpRoutes};
use super::{open_api, stages};
use crate::model::HttpApi;
use crate::problem::Problem;
use crate::resource_types::API;

/// The stage of an API that has none in the template.
const DEFAULT_STAGE: &str = "$default";
/// Properties that change what a client sees, and that nothing here emulates.
const NOT_EMULATED: [&str; 3] = ["BodyS3Location", "CorsConfiguration", "DisableExecuteApiEndpoint"];

/// The HTTP APIs in the order of their logical ids.
pub(super) fn read(context: &Context<'_>, warnings: &mut Vec<String>) -> Result<Vec<HttpApi>, Problem> {
    let mut apis = Vec::new();
    for (logical_id, resource) in context.stack.of_types(&[API]) {
        let properties = context.stack.properties(logical_id, resource)?;
        if is_web_socket_api(&properties)? {
            continue;
        }
        for place in properties.places_of(&NOT_EMULATED) {
            warnings.push(format!("{place} is not emulated"));
        }
        // Quick create makes the stage, too.
        let is_implied = properties.has("Target");
        let stage = stages::read(logical_id, DEFAULT_STAGE, is_implied, context.stack, warnings)?;
        let mut routes = HttpRoutes::default();
        http_routes::read(&mut routes, &properties, &stage, context, warnings)?;
        match properties.get("Body") {
            Ok(None) => {}
            Ok(Some(body)) => open_api::read(&mut routes, &body, &stage, context, warnings)?,
            Err(problem) => warnings.push(format!("{}; its routes are left out", problem.message())),
        }
        apis.push(HttpApi {
            logical_id: stage.api,
            api_id: stage.api_id,
            stage: stage.name,
            routes: routes.into_vec(),
            stage_variables: stage.variables,
        });
    }
    Ok(apis)
}
