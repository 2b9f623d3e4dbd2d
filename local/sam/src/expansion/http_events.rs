//! `HttpApi` events of functions: routes of HTTP APIs.

use serde_json::{Value, json};

use super::event::Event;
use super::generated::Generated;
use super::http_api::document::integrates;
use super::http_route::{ANY_METHOD, DEFAULT_PATH, HttpRoute};
use super::implicit_http_api;
use super::schema::{self, Kind, Property, optional};
use super::state::Expansion;
use crate::intrinsic::{reference, referenced, substitution_with};
use crate::problem::Problem;

const PROPERTIES: [Property; 8] = [
    optional("Path", Kind::Text),
    optional("Method", Kind::Text),
    optional("ApiId", Kind::Text),
    optional("Stage", Kind::Text),
    optional("Auth", Kind::Map),
    optional("TimeoutInMillis", Kind::Integer),
    optional("RouteSettings", Kind::Map),
    optional("PayloadFormatVersion", Kind::Text),
];

/// Permits the API to invoke the function, and keeps the route until the API is expanded.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let route = HttpRoute::read(event)?;
    let api_id = event.properties.get("ApiId");
    let api = match &api_id {
        None => implicit_http_api::LOGICAL_ID,
        Some(api_id) => {
            let name = api_id.value().as_str().or_else(|| referenced(api_id.value()));
            name.filter(|name| may_be_http_api(expansion.source_resource(name))).ok_or_else(|| {
                api_id.problem(
                    "is not an HTTP API of the template",
                    "write `!Ref` with the id of an `AWS::Serverless::HttpApi`",
                )
            })?
        }
    };
    if route.is_default() || !is_default_of(event, api, expansion) {
        let api_id = api_id.map_or_else(|| reference(api), |api_id| api_id.value().clone());
        expansion.add(permission(event, &route, &api_id))?;
    }
    expansion.http_routes.entry(api.to_owned()).or_default().push(route);
    Ok(())
}

/// Whether SAM accepts the resource as `ApiId`: an event of a resource that is not SAM's gets a permission only.
fn may_be_http_api(resource: Option<&Value>) -> bool {
    resource.is_some_and(|resource| resource["Type"] != "AWS::Serverless::Api")
}

/// Whether the function has a permission for all requests already, because it serves the API's default route. SAM does not
/// see this of an alias.
fn is_default_of(event: &Event<'_>, api: &str, expansion: &Expansion<'_>) -> bool {
    if event.invoked.alias.is_some() {
        return false;
    }
    let function = &event.invoked.logical_id;
    let item = expansion.source_resource(api).map(|api| &api["Properties"]["DefinitionBody"]["paths"][DEFAULT_PATH]);
    let routes = expansion.http_routes.get(api).into_iter().flatten();
    let mut added = routes.filter(|route| route.is_default()).map(|route| &route.function.logical_id);
    item.is_some_and(|item| integrates(item, ANY_METHOD, function)) || added.next() == Some(function)
}

fn permission(event: &Event<'_>, route: &HttpRoute, api_id: &Value) -> Generated {
    let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}";
    let mut source_arn = substitution_with(format!("{arn}{}", route.permitted()), "__ApiId__", api_id.clone());
    source_arn["Fn::Sub"][1]["__Stage__"] = json!("*");
    Generated::new(format!("{}Permission", event.id), "AWS::Lambda::Permission", &event.resource, &event.place)
        .attributes(event.resource.shared_attributes())
        .set("Action", "lambda:InvokeFunction")
        .set("FunctionName", event.invoked.name())
        .set("Principal", "apigateway.amazonaws.com")
        .set("SourceArn", source_arn)
}
