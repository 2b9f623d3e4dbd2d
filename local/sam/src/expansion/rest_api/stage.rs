//! The stage of an API and its deployment.

use serde_json::Value;

use super::Api;
use crate::expansion::digest::{digest_of_text, full_digest};
use crate::expansion::resource::SamResource;
use crate::expansion::state::Expansion;
use crate::expansion::tags;
use crate::intrinsic::reference;
use crate::problem::Problem;

/// Properties that the stage takes from the API.
const COPIED: [&str; 8] = [
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
];

/// How many digits of a deployment's digest its id has.
const DIGITS: usize = 10;

/// The id of the stage: with its name if that is alphanumeric.
pub(super) fn logical_id(resource: &SamResource<'_>) -> String {
    let name = resource.get("StageName").and_then(|name| name.value().as_str()).unwrap_or_default();
    let logical_id = resource.logical_id;
    if !name.is_empty() && name.chars().all(char::is_alphanumeric) {
        format!("{logical_id}{name}Stage")
    } else {
        format!("{logical_id}Stage{}", digest_of_text(name))
    }
}

/// Generates the stage and its deployment.
///
/// # Errors
/// One of their ids is taken, or a tag is SAM's own.
pub(super) fn add(api: &Api<'_, '_>, definition: Option<&Value>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let properties = &api.resource.properties;
    // CloudFormation deploys only what has a new id. AWS's digest depends on Python's order of keys.
    let digest = definition.map(digest).unwrap_or_default();
    let logical_id = format!("{}Deployment{}", api.resource.logical_id, digest.get(..DIGITS).unwrap_or_default());
    let is_swagger = properties.filled("OpenApiVersion").is_none();
    let rest_api = reference(api.resource.logical_id);
    let deployment = api
        .generate(logical_id.as_str(), "AWS::ApiGateway::Deployment", properties)
        .set("RestApiId", rest_api.clone())
        .set_some("Description", definition.map(|_| format!("RestApi deployment id: {digest}")))
        .set_some("StageName", is_swagger.then_some("Stage"));
    let stage = api
        .generate(api.stage_id.as_str(), "AWS::ApiGateway::Stage", properties)
        .set("RestApiId", rest_api)
        .set("DeploymentId", reference(&logical_id))
        .copy(properties, &COPIED)
        .set_some("Tags", tags::written(properties.get("Tags").as_ref())?);
    api.add(deployment, expansion)?;
    api.add(stage, expansion)
}

/// The digest of a definition, whatever the order of its keys.
fn digest(definition: &Value) -> String {
    let mut sorted = definition.clone();
    sorted.sort_all_objects();
    full_digest(&sorted.to_string())
}
