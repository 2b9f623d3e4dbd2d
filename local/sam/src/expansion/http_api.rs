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
use super::domain;
use super::generated::Generated;
use super::protocol::Protocol;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional};
use super::source::Source;
use super::state::Expansion;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    #[test]
    fn parts_of_the_document_are_written_where_the_event_or_the_api_says_so() {
        let event = json!({"Type": "HttpApi", "Properties": {
            "ApiId": "Api", "Path": "/a.b/[c]", "Method": "GET", "TimeoutInMillis": 9, "RouteSettings": {"X": 1},
        }});
        let default = json!({"Type": "HttpApi", "Properties": {"ApiId": "Api"}});
        let template = json!({"Resources": {
            "Api": {"Type": "AWS::Serverless::HttpApi", "Properties": {
                "Name": "shop", "FailOnWarnings": true, "CorsConfiguration": {"AllowOrigins": ["a"]},
            }},
            "F": {"Type": "AWS::Serverless::Function", "Properties": {
                "Runtime": "provided.al2023", "Handler": "bootstrap", "CodeUri": "f/",
                "Events": {"E": event, "D": default},
            }},
        }});
        let template = template.as_object().cloned().unwrap_or_default();
        let expanded = crate::expansion::expand(template, &BTreeMap::new()).unwrap();
        let table = [
            ("Api", "Body.info.title", "`Name` of `Api`"),
            ("Api", "Body.info.version", "`Api`"),
            ("Api", "Body.x-amazon-apigateway-cors.allowOrigins[0]", "`CorsConfiguration.AllowOrigins[0]` of `Api`"),
            ("Api", "Body.paths./a.b/[c].get", "`Events.E` of `F`"),
            (
                "Api",
                "Body.paths./a.b/[c].get.x-amazon-apigateway-integration.timeoutInMillis",
                "`Events.E.Properties.TimeoutInMillis` of `F`",
            ),
            ("Api", "Body.paths./$default.x-amazon-apigateway-any-method", "`Events.D` of `F`"),
            (
                "ApiApiGatewayDefaultStage",
                "RouteSettings.GET /a.b/[c].X",
                "`Events.E.Properties.RouteSettings.X` of `F`",
            ),
            ("FDPermission", "SourceArn", "`Events.D` of `F`"),
        ];
        for (resource, path, expected) in table {
            assert_eq!(expanded.origins[resource].find(path).to_string(), expected, "{path}");
        }
    }
}
