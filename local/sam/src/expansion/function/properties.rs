//! Which properties a function may have, and which go together.

use crate::expansion::resource::SamResource;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::state::Expansion;
use crate::problem::Problem;

const PROPERTIES: [Property; 49] = [
    optional("Architectures", Kind::Any),
    optional("AssumeRolePolicyDocument", Kind::Map),
    optional("AutoPublishAlias", Kind::Text),
    optional("AutoPublishAliasAllProperties", Kind::Literal),
    optional("AutoPublishCodeSha256", Kind::Text),
    optional("CapacityProviderConfig", Kind::Map),
    optional("CodeSigningConfigArn", Kind::Any),
    optional("CodeUri", Kind::Any),
    optional("DeadLetterQueue", Kind::Map),
    optional("DeploymentPreference", Kind::Map),
    optional("Description", Kind::Any),
    optional("DurableConfig", Kind::Map),
    optional("Environment", Kind::Map),
    optional("EphemeralStorage", Kind::Any),
    optional("EventInvokeConfig", Kind::Map),
    optional("Events", Kind::Map),
    optional("FileSystemConfigs", Kind::Any),
    optional("FunctionName", Kind::TextOrMap),
    optional("FunctionScalingConfig", Kind::Map),
    optional("FunctionUrlConfig", Kind::Map),
    optional("Handler", Kind::Any),
    optional("ImageConfig", Kind::Any),
    optional("ImageUri", Kind::Any),
    optional("InlineCode", Kind::Any),
    optional("KmsKeyArn", Kind::Any),
    optional("Layers", Kind::List),
    optional("LoggingConfig", Kind::Any),
    optional("MemorySize", Kind::Any),
    optional("PackageType", Kind::Any),
    optional("PermissionsBoundary", Kind::Text),
    optional("Policies", Kind::Any),
    optional("PropagateTags", Kind::Boolean),
    optional("ProvisionedConcurrencyConfig", Kind::Any),
    optional("PublishToLatestPublished", Kind::Any),
    optional("RecursiveLoop", Kind::Any),
    optional("ReservedConcurrentExecutions", Kind::Any),
    optional("Role", Kind::Text),
    optional("RolePath", Kind::Any),
    optional("Runtime", Kind::Any),
    optional("RuntimeManagementConfig", Kind::Any),
    optional("SnapStart", Kind::Map),
    optional("SourceKMSKeyArn", Kind::Any),
    optional("Tags", Kind::Map),
    optional("TenancyConfig", Kind::Any),
    optional("Timeout", Kind::Any),
    optional("Tracing", Kind::TextOrMap),
    optional("VersionDeletionPolicy", Kind::Text),
    optional("VersionDescription", Kind::Any),
    optional("VpcConfig", Kind::Any),
];

/// Pairs that exclude each other.
const EXCLUSIVE: [(&str, &str); 2] =
    [("CapacityProviderConfig", "ProvisionedConcurrencyConfig"), ("CapacityProviderConfig", "VpcConfig")];

/// Properties that need another one.
const DEPENDENT: [(&str, &str); 2] =
    [("FunctionScalingConfig", "CapacityProviderConfig"), ("VersionDeletionPolicy", "AutoPublishAlias")];

/// What a function with `TenancyConfig` cannot have.
const WITHOUT_TENANCY: [&str; 3] = ["ProvisionedConcurrencyConfig", "FunctionUrlConfig", "SnapStart"];

/// Checks the properties of a function.
///
/// # Errors
/// One has the wrong kind, or does not fit another one.
pub(super) fn check(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    if let Some(layers) = resource.get("Layers").filter(|layers| !layers.is_intrinsic()) {
        layers.items()?.iter().try_for_each(|layer| schema::check_kind(layer, Kind::TextOrMap))?;
    }
    for (one, other) in EXCLUSIVE {
        if resource.get(one).is_some() && resource.get(other).is_some() {
            return Err(resource.problem(&format!("has both `{one}` and `{other}`"), "remove one of them"));
        }
    }
    for (dependent, needed) in DEPENDENT {
        if resource.get(dependent).is_some() && resource.get(needed).is_none() {
            return Err(needs(resource, dependent, needed));
        }
    }
    if resource.filled("ProvisionedConcurrencyConfig").is_some() && resource.filled("AutoPublishAlias").is_none() {
        return Err(needs(resource, "ProvisionedConcurrencyConfig", "AutoPublishAlias"));
    }
    check_tenancy(resource)
}

fn needs(resource: &SamResource<'_>, dependent: &str, needed: &str) -> Problem {
    resource.problem(&format!("has `{dependent}` without `{needed}`"), &format!("give it `{needed}`"))
}

/// Checks what a function with `TenancyConfig` can have.
fn check_tenancy(resource: &SamResource<'_>) -> Result<(), Problem> {
    if resource.filled("TenancyConfig").is_none() {
        return Ok(());
    }
    if let Some(name) = WITHOUT_TENANCY.iter().find(|name| resource.filled(name).is_some()) {
        let message = format!("has both `TenancyConfig` and `{name}`, which AWS does not support");
        return Err(resource.problem(&message, "remove one of them"));
    }
    let Some(events) = resource.get("Events") else { return Ok(()) };
    for (_, event) in events.entries()? {
        let kind = event.value()["Type"].as_str().unwrap_or_default();
        if !["Api", "HttpApi"].contains(&kind) {
            let message = format!("has the type `{kind}`, which AWS does not support with `TenancyConfig`");
            return Err(event.problem(&message, "invoke the function by `Api` or `HttpApi`"));
        }
    }
    Ok(())
}
