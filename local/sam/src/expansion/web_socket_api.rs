//! `AWS::Serverless::WebSocketApi`: an API with its routes, its stage, its authorizer and its domain.

mod authorization;
mod routes;

use serde_json::{Map, Value};

use self::authorization::Authorization;
use super::domain;
use super::generated::Generated;
use super::protocol::Protocol;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional, required};
use super::source::Source;
use super::state::Expansion;
use super::tags;
use crate::intrinsic::reference;
use crate::problem::Problem;

/// The stage of an API that names none.
const DEFAULT_STAGE: &str = "default";
/// The tag that SAM sets.
const CREATED_BY: (&str, &str) = ("websocketapi:createdBy", "SAM");

const PROPERTIES: [Property; 18] = [
    optional("AccessLogSettings", Kind::Map),
    optional("ApiKeySelectionExpression", Kind::Text),
    optional("Auth", Kind::Map),
    optional("DefaultRouteSettings", Kind::Map),
    optional("Description", Kind::Text),
    optional("DisableExecuteApiEndpoint", Kind::Boolean),
    optional("DisableSchemaValidation", Kind::Boolean),
    optional("Domain", Kind::Map),
    optional("FailOnWarnings", Kind::Boolean),
    optional("IpAddressType", Kind::Text),
    optional("Name", Kind::Text),
    optional("PropagateTags", Kind::Boolean),
    required("RouteSelectionExpression", Kind::Text),
    optional("RouteSettings", Kind::Map),
    required("Routes", Kind::Map),
    optional("StageName", Kind::TextOrMap),
    optional("StageVariables", Kind::Map),
    optional("Tags", Kind::Map),
];

/// Generates an `AWS::ApiGatewayV2::Api` with everything that belongs to it.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let routes = resolved(resource, "Routes", expansion);
    let routes = Source::new(&routes, resource.properties.place().below("Routes"));
    if routes.entries()?.is_empty() {
        return Err(resource.problem("has no routes", "add at least one to `Routes`"));
    }
    let auth = resolved(resource, "Auth", expansion);
    let auth = Source::new(&auth, resource.properties.place().below("Auth"));
    let authorization = Authorization::of(&auth, &routes)?;
    expansion.add(api(resource)?)?;
    let stage = stage(resource)?;
    domain::expand(resource, Protocol::WebSocket, &stage.generated.logical_id, &tags_of_parts(resource)?, expansion)?;
    let mut route_ids = Vec::new();
    for (key, route) in routes.entries()? {
        let generated = routes::Route { resource, key, route: &route, stage: &stage.name };
        route_ids.push(Value::from(generated.expand(&authorization, expansion)?));
    }
    authorization.expand(resource, &auth, expansion)?;
    let generated = match resource.get("RouteSettings") {
        Some(_) => stage.generated.attribute("DependsOn", route_ids),
        None => stage.generated,
    };
    expansion.derive(resource.logical_id, "Stage", &generated.logical_id);
    expansion.add(generated)
}

/// A property with the values of parameters; null if it is missing.
fn resolved(resource: &SamResource<'_>, name: &str, expansion: &Expansion<'_>) -> Value {
    resource.get(name).map_or(Value::Null, |source| expansion.resolve(source.value()))
}

fn api(resource: &SamResource<'_>) -> Result<Generated, Problem> {
    if let Some(kind) = resource.get("IpAddressType").filter(|kind| !kind.is_intrinsic())
        && !["ipv4", "dualstack"].contains(&kind.text()?)
    {
        return Err(kind.problem("is not an address type", "write `ipv4` or `dualstack`"));
    }
    let place = resource.properties.place();
    let mut api = Generated::new(resource.logical_id, "AWS::ApiGatewayV2::Api", resource, place);
    if let Some(dependencies) = resource.attribute("DependsOn") {
        api = api.attribute("DependsOn", dependencies.clone());
    }
    let unchanged = [
        "Name",
        "ApiKeySelectionExpression",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
        "IpAddressType",
        "RouteSelectionExpression",
    ];
    Ok(api
        .set("Name", resource.logical_id)
        .copy(&resource.properties, &unchanged)
        .set("ProtocolType", "WEBSOCKET")
        .set("Tags", with_created_by(resource)?))
}

/// The author's tags and the one that SAM sets.
fn with_created_by(resource: &SamResource<'_>) -> Result<Map<String, Value>, Problem> {
    let mut tags = tags::map(&[], resource.get("Tags").as_ref())?;
    tags.insert(CREATED_BY.0.to_owned(), CREATED_BY.1.into());
    Ok(tags)
}

/// The tags of what belongs to the API.
fn tags_of_parts(resource: &SamResource<'_>) -> Result<Map<String, Value>, Problem> {
    if resource.get("PropagateTags").is_some_and(|propagates| propagates.is_true()) {
        return with_created_by(resource);
    }
    tags::map(&[CREATED_BY], None)
}

/// The stage, and its name as it is written.
struct Stage {
    generated: Generated,
    name: Value,
}

fn stage(resource: &SamResource<'_>) -> Result<Stage, Problem> {
    let name = resource.get("StageName").map_or_else(|| DEFAULT_STAGE.into(), |name| name.value().clone());
    let id = match name.as_str() {
        Some("$default") => {
            let problem = resource.properties.require("StageName")?;
            return Err(problem.problem("is `$default`, which a WebSocket API cannot have", "choose another name"));
        }
        Some(DEFAULT_STAGE) => format!("{}DefaultStage", resource.logical_id),
        Some(name) => format!("{}{name}Stage", resource.logical_id),
        None => format!("{}Stage", resource.logical_id),
    };
    let settings = ["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"];
    let generated = Generated::new(id, "AWS::ApiGatewayV2::Stage", resource, resource.properties.place())
        .set("ApiId", reference(resource.logical_id))
        .set("StageName", name.clone())
        .set_from("StageName", resource.get("StageName"))
        .copy(&resource.properties, &settings)
        .set("AutoDeploy", true)
        .set("Tags", tags_of_parts(resource)?);
    Ok(Stage { generated, name })
}
