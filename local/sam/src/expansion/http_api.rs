//! `AWS::Serverless::HttpApi`: an API, its stage and its domain.

mod authorizers;
mod body;
mod cors;
pub(super) mod document;
mod routes;
mod security;
mod stage;

use serde_json::{Map, Value};

use self::authorizers::Authorizers;
use self::body::Body;
use super::domain::{self, Protocol};
use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional};
use super::{Expansion, source::Source};
use crate::problem::Problem;

const PROPERTIES: [Property; 16] = [
    optional("Name", Kind::Any),
    optional("StageName", Kind::TextOrMap),
    optional("Tags", Kind::Map),
    optional("PropagateTags", Kind::Boolean),
    optional("DefinitionBody", Kind::Map),
    optional("DefinitionUri", Kind::TextOrMap),
    optional("StageVariables", Kind::Map),
    optional("CorsConfiguration", Kind::Any),
    optional("AccessLogSettings", Kind::Map),
    optional("DefaultRouteSettings", Kind::Map),
    optional("Auth", Kind::Map),
    optional("RouteSettings", Kind::Map),
    optional("Domain", Kind::Map),
    optional("FailOnWarnings", Kind::Boolean),
    optional("Description", Kind::Text),
    optional("DisableExecuteApiEndpoint", Kind::Boolean),
];

/// Generates the `AWS::ApiGatewayV2::Api` with all routes, and what belongs to it.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let routes = expansion.http_routes.remove(resource.logical_id).unwrap_or_default();
    let authorizers = match resource.get("Auth").filter(Source::is_set) {
        Some(auth) => Authorizers::read(&auth, expansion)?,
        None => Authorizers::default(),
    };
    let mut body = Body::read(resource)?;
    body.complete(resource, &routes, &authorizers, expansion)?;
    let tags = tags(resource);
    let stage = stage::generate(resource, &routes, body.takes_tags().then_some(&tags));

    let place = resource.properties.place();
    let api = Generated::new(resource.logical_id, "AWS::ApiGatewayV2::Api", resource, place)
        .attributes(resource.main_attributes())
        .set_from("FailOnWarnings", resource.get("FailOnWarnings").filter(Source::is_set));
    expansion.add(body.define(api)?)?;
    for permission in authorizers.permissions(resource) {
        expansion.add(permission)?;
    }
    domain::expand(resource, Protocol::Http, &stage.logical_id, &tags, expansion)?;
    expansion.derive(resource.logical_id, "Stage", &stage.logical_id);
    expansion.add(stage)
}

/// The author's tags, and the one that SAM adds.
fn tags(resource: &SamResource<'_>) -> Map<String, Value> {
    let own = resource.get("Tags").and_then(|tags| tags.value().as_object());
    let mut tags = own.cloned().unwrap_or_default();
    tags.insert("httpapi:createdBy".to_owned(), "SAM".into());
    tags
}
