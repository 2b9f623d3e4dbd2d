//! The function itself: `AWS::Lambda::Function`.

use serde_json::{Map, json};

use super::{code, dead_letter};
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::expansion::tags;
use crate::problem::Problem;

/// Properties that CloudFormation has by the same name.
const COPIED: [&str; 21] = [
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
];

/// Tags that every function has.
pub(super) const TAGS: [(&str, &str); 1] = [("lambda:createdBy", "SAM")];

/// The function, without its role.
///
/// # Errors
/// A property is malformed.
pub(super) fn generate(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<Generated, Problem> {
    dead_letter::check(resource)?;
    let mut function =
        Generated::new(resource.logical_id, "AWS::Lambda::Function", resource, resource.properties.place())
            .attributes(resource.main_attributes())
            .set_from("FunctionName", resource.filled("FunctionName"))
            .copy(&resource.properties, &COPIED)
            .set_from("DurableConfig", resource.get("DurableConfig"))
            .set_from("FunctionScalingConfig", resource.filled("FunctionScalingConfig"))
            .set_from("PublishToLatestPublished", resource.get("PublishToLatestPublished"))
            .set_some("Tags", tags::list(&TAGS, resource.filled("Tags").as_ref())?);
    if let Some(mode) = tracing(resource, expansion) {
        let written = expansion.resolve_within(mode.value());
        function =
            function.set("TracingConfig", json!({"Mode": written})).written_at("TracingConfig.Mode", mode.place());
    }
    if let Some(target) = resource.get("DeadLetterQueue").and_then(|queue| queue.get("TargetArn")) {
        function = function
            .set("DeadLetterConfig", json!({"TargetArn": target.value()}))
            .written_at("DeadLetterConfig", &resource.properties.place().below("DeadLetterQueue"))
            .written_at("DeadLetterConfig.TargetArn", target.place());
    }
    if let Some(provider) = resource.filled("CapacityProviderConfig") {
        function = function
            .set("CapacityProviderConfig", capacity_provider(&provider)?)
            .written_at("CapacityProviderConfig", provider.place());
    }
    code::set_on(function, resource, expansion)
}

/// The mode of `Tracing`, unless it is off.
pub(super) fn tracing<'s>(resource: &SamResource<'s>, expansion: &Expansion<'_>) -> Option<Source<'s>> {
    resource.filled("Tracing").filter(|mode| expansion.resolve(mode.value()) != "Disabled")
}

/// `CapacityProviderConfig` as CloudFormation writes it.
fn capacity_provider(provider: &Source<'_>) -> Result<serde_json::Value, Problem> {
    let arn = provider.require("Arn")?;
    let mut config = Map::from_iter([("CapacityProviderArn".to_owned(), arn.value().clone())]);
    for name in ["PerExecutionEnvironmentMaxConcurrency", "ExecutionEnvironmentMemoryGiBPerVCpu"] {
        config.extend(provider.get(name).map(|value| (name.to_owned(), value.value().clone())));
    }
    Ok(json!({"LambdaManagedInstancesCapacityProviderConfig": config}))
}
