//! The stage of an HTTP API.

use serde_json::{Map, Value, json};

use crate::expansion::digest::digest_of_text;
use crate::expansion::generated::Generated;
use crate::expansion::http_route::HttpRoute;
use crate::expansion::place::Place;
use crate::expansion::resource::SamResource;
use crate::expansion::source::Source;
use crate::intrinsic::{only_if, reference};

const DEFAULT: &str = "$default";

/// Generates the stage. The API has `tags` if its document is in the template.
pub(super) fn generate(
    resource: &SamResource<'_>,
    routes: &[HttpRoute],
    tags: Option<&Map<String, Value>>,
) -> Generated {
    let name = resource.get("StageName").filter(Source::is_set);
    let id = logical_id(resource.logical_id, name.as_ref().map_or(&json!(DEFAULT), |name| name.value()));
    let mut stage = Generated::new(id, "AWS::ApiGatewayV2::Stage", resource, resource.properties.place())
        .attributes(resource.shared_attributes())
        .set("ApiId", reference(resource.logical_id))
        .set("AutoDeploy", true)
        .copy(&resource.properties, &["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"])
        .set_some("Tags", tags.cloned());
    stage = match name {
        Some(name) => stage.set_from("StageName", Some(name)),
        None => stage.set("StageName", DEFAULT),
    };
    add_route_settings(stage, routes)
}

fn logical_id(api: &str, name: &Value) -> String {
    match name.as_str() {
        Some(DEFAULT) => format!("{api}ApiGatewayDefaultStage"),
        Some(name) if name.chars().all(char::is_alphanumeric) => format!("{api}{name}Stage"),
        Some(name) => format!("{api}Stage{}", digest_of_text(name)),
        None => format!("{api}Stage"),
    }
}

/// Adds the `RouteSettings` of events to those of the API.
fn add_route_settings(mut stage: Generated, routes: &[HttpRoute]) -> Generated {
    for route in routes {
        let Some(added) = route.get("RouteSettings") else { continue };
        let mut all = stage.properties().get("RouteSettings").and_then(Value::as_object).cloned().unwrap_or_default();
        let settings = match (&route.condition, all.get(&route.key)) {
            (Some(condition), _) => only_if(condition, added.value().clone()),
            (None, Some(Value::Object(existing))) => {
                let added = added.value().as_object().into_iter().flatten();
                existing.iter().chain(added).map(|(key, value)| (key.clone(), value.clone())).collect()
            }
            (None, _) => added.value().clone(),
        };
        all.insert(route.key.clone(), settings);
        let path = Place::path(&["RouteSettings", &route.key]);
        stage = stage.set("RouteSettings", all).written_at(&path, added.place());
    }
    stage
}
