//! `AutoPublishAlias`: a version for each change of the function, and an alias of the last one.

use serde_json::{Map, Value, json};

use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::expansion::{digest, s3};
use crate::intrinsic::{self, attribute, reference};
use crate::problem::Problem;

/// How much of `AutoPublishCodeSha256` the id of the version has.
const HASH_LENGTH: usize = 10;

/// The name of the alias; `None` where the function does not have one.
///
/// # Errors
/// It depends on more than parameters, or is malformed.
pub(super) fn alias_name(resource: &SamResource<'_>, expansion: &Expansion<'_>) -> Result<Option<String>, Problem> {
    let Some(alias) = resource.filled("AutoPublishAlias") else { return Ok(None) };
    let Value::String(name) = expansion.resolve(alias.value()) else {
        let hint = "write the name of the alias, or `Ref` of a parameter that has a value";
        return Err(alias.problem("is not text whose value is known", hint));
    };
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || ['-', '_'].contains(&character);
    if name.is_empty() {
        return Err(alias.problem("is empty", "write the name of the alias"));
    }
    if !name.chars().all(is_allowed) || name.chars().all(|character| character.is_ascii_digit()) {
        let hint = "make it of letters, digits, `-` and `_`, but not of digits alone";
        return Err(alias.problem(&format!("is `{name}`, which is not a name of an alias"), hint));
    }
    Ok(Some(name))
}

/// Generates the version and the alias `name`. Returns the function, which changes too, and the id of the alias.
///
/// # Errors
/// A property that concerns versions is malformed.
pub(super) fn publish(
    resource: &SamResource<'_>,
    name: &str,
    function: Generated,
    update_policy: Option<Value>,
    expansion: &mut Expansion<'_>,
) -> Result<(Generated, String), Problem> {
    let id = resource.logical_id;
    let place = resource.properties.place().below("AutoPublishAlias");
    let code = function.properties().get("Code").map(|code| expansion.resolve(code));
    let function = function.set_some("Code", code);
    let (function, given_hash) = describe_by_hash(resource, function, expansion)?;
    let hash = given_hash.unwrap_or_else(|| digest::digest(&hashed(resource, &function, expansion)));

    let version_id = format!("{id}Version{hash}");
    let version = Generated::new(&version_id, "AWS::Lambda::Version", resource, &place)
        .attribute("DeletionPolicy", deletion_policy(resource)?)
        .attributes(resource.shared_attributes())
        .set("FunctionName", reference(id))
        .set_from("Description", resource.get("VersionDescription"))
        .set_from("FunctionScalingConfig", resource.get("FunctionScalingConfig"));
    expansion.add(version)?;

    let alias_id = format!("{id}Alias{}", name.replace('-', "D").replace('_', "U"));
    let mut alias = Generated::new(&alias_id, "AWS::Lambda::Alias", resource, &place)
        .attributes(resource.shared_attributes())
        .set("Name", name)
        .set("FunctionName", reference(id))
        .set("FunctionVersion", attribute(&version_id, "Version"))
        .set_from("ProvisionedConcurrencyConfig", resource.filled("ProvisionedConcurrencyConfig"));
    if let Some(update_policy) = update_policy {
        alias = alias.attribute("UpdatePolicy", update_policy);
    }
    expansion.add(alias)?;
    Ok((function, alias_id))
}

/// What `DeletionPolicy` of the version is, unless the function has one.
fn deletion_policy(resource: &SamResource<'_>) -> Result<Value, Problem> {
    let by_default = if resource.get("CapacityProviderConfig").is_some() { "Delete" } else { "Retain" };
    let Some(policy) = resource.get("VersionDeletionPolicy") else { return Ok(by_default.into()) };
    match policy.value().as_str() {
        Some("Delete" | "Retain") => Ok(policy.value().clone()),
        _ if policy.is_intrinsic() => Ok(policy.value().clone()),
        _ => Err(policy.problem("is neither `Delete` nor `Retain`", "write `Delete` or `Retain`")),
    }
}

/// `AutoPublishCodeSha256` as the hash of the version and in the function's description, so that a change of the code
/// alone changes the function for CloudFormation.
fn describe_by_hash(
    resource: &SamResource<'_>,
    function: Generated,
    expansion: &Expansion<'_>,
) -> Result<(Generated, Option<String>), Problem> {
    let Some(written) = resource.filled("AutoPublishCodeSha256") else { return Ok((function, None)) };
    let Value::String(hash) = expansion.resolve(written.value()) else {
        return Err(written.problem("is neither text nor a `Ref` of a parameter", "write the hash"));
    };
    let description = resource.filled("Description").map(|description| expansion.resolve(description.value()));
    let described = match description {
        None => hash.clone().into(),
        Some(Value::String(text)) if text.is_empty() => hash.clone().into(),
        Some(Value::String(text)) => format!("{text} {hash}").into(),
        Some(description) => json!({"Fn::Join": [" ", [description, hash]]}),
    };
    let beginning: String = hash.chars().take(HASH_LENGTH).collect();
    Ok((function.set("Description", described), (!beginning.is_empty()).then_some(beginning)))
}

/// What makes a new version when it changes.
fn hashed(resource: &SamResource<'_>, function: &Generated, expansion: &Expansion<'_>) -> Value {
    let properties = function.properties();
    let code = packaged_code(resource, properties);
    if resource.filled("AutoPublishAliasAllProperties").is_some() {
        let mut hashed = properties.clone();
        hashed.insert("Code".to_owned(), code);
        hashed.extend(resource.get("Role").map(|role| ("Role".to_owned(), role.value().clone())));
        hashed.extend(publishing_layers(resource, expansion));
        return hashed.into();
    }
    let Value::Object(mut hashed) = code else { return code };
    hashed.extend(properties.get("Environment").and_then(Value::as_object).cloned().unwrap_or_default());
    let memory = resource.filled("MemorySize");
    hashed.extend(memory.map(|memory| ("MemorySize".to_owned(), memory.value().clone())));
    let snap_start = resource.filled("SnapStart").filter(|snap_start| {
        let applies_on = &snap_start.value()["ApplyOn"];
        snap_start.value().get("ApplyOn").is_some() && applies_on != "None"
    });
    hashed.extend(snap_start.map(|snap_start| ("SnapStart".to_owned(), snap_start.value().clone())));
    hashed.into()
}

/// `Code` after packaging, which is a map where the function has a local path.
fn packaged_code(resource: &SamResource<'_>, properties: &Map<String, Value>) -> Value {
    let Some(code) = properties.get("Code") else { return Value::Null };
    let mut packaged = s3::packaged_code(code);
    if let (true, Some(packaged)) = (code.is_string(), packaged.as_object_mut()) {
        let key = resource.filled("SourceKMSKeyArn").map(|key| key.value().clone());
        packaged.extend(key.map(|key| ("SourceKMSKeyArn".to_owned(), key)));
    }
    packaged
}

/// The layers whose change publishes a version of the function, each with its properties.
fn publishing_layers(resource: &SamResource<'_>, expansion: &Expansion<'_>) -> Map<String, Value> {
    let layers = resource.get("Layers").and_then(|layers| layers.items().ok()).unwrap_or_default();
    let publishing = layers.iter().filter_map(|layer| {
        let id = intrinsic::referenced(layer.value())
            .or_else(|| intrinsic::attribute_of(layer.value()).map(|(resource, _)| resource))?;
        let properties = expansion.source_resource(id)?.get("Properties")?;
        Source::new(properties, resource.properties.place().clone()).filled("PublishLambdaVersion")?;
        Some((id.to_owned(), packaged_layer(properties)))
    });
    publishing.collect()
}

/// The properties of a layer after packaging.
fn packaged_layer(properties: &Value) -> Value {
    let mut packaged = properties.clone();
    if let Some(Value::String(path)) = packaged.get_mut("ContentUri")
        && !path.contains("://")
        && !path.contains("{{")
    {
        *path = s3::packaged(path);
    }
    packaged
}
