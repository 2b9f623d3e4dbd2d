//! `AWS::Serverless::LayerVersion`: a layer whose id changes with its properties, because versions do not change.

use serde_json::{Map, Value, json};

use super::digest::digest;
use super::generated::Generated;
use super::resource::SamResource;
use super::s3::{Upload, packaged_uri};
use super::schema::{self, Kind, Property, optional, required};
use super::source::Source;
use super::state::Expansion;
use crate::problem::Problem;

const PROPERTIES: [Property; 8] = [
    optional("LayerName", Kind::TextOrMap),
    optional("Description", Kind::Text),
    optional("PublishLambdaVersion", Kind::Boolean),
    required("ContentUri", Kind::TextOrMap),
    optional("CompatibleArchitectures", Kind::List),
    optional("CompatibleRuntimes", Kind::List),
    optional("LicenseInfo", Kind::Text),
    optional("RetentionPolicy", Kind::Text),
];

/// Properties that the result has with the values of parameters.
const RESOLVED: [&str; 4] = ["LayerName", "Description", "LicenseInfo", "RetentionPolicy"];

/// Generates an `AWS::Lambda::LayerVersion`, which references to the SAM resource mean then.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let content = resource.properties.require("ContentUri")?;
    if let Some(architectures) = resource.get("CompatibleArchitectures") {
        check_architectures(&architectures)?;
    }
    let place = resource.properties.place();
    let logical_id = logical_id(resource, expansion);
    let resolved = |name| resource.get(name).map(|source| expansion.resolve(source.value()));
    let name = resolved("LayerName").unwrap_or_else(|| resource.logical_id.into());
    let mut layer = Generated::new(&logical_id, "AWS::Lambda::LayerVersion", resource, place)
        .attributes(attributes(resource, expansion)?)
        .set("LayerName", name)
        .set("Content", Upload::read(&content)?.code())
        .written_at("Content", content.place())
        .copy(&resource.properties, &["CompatibleArchitectures", "CompatibleRuntimes"]);
    for name in ["Description", "LicenseInfo"] {
        layer = layer.set_some(name, resolved(name));
    }
    for name in ["LayerName", "Description", "LicenseInfo"] {
        layer = layer.written_at(name, &place.below(name));
    }
    expansion.rename(resource.logical_id, logical_id);
    expansion.add(layer)
}

/// The id of the SAM resource and a digest of all that it says.
fn logical_id(resource: &SamResource<'_>, expansion: &Expansion<'_>) -> String {
    let properties: Map<String, Value> = PROPERTIES
        .iter()
        .filter_map(|Property { name, .. }| {
            let value = resource.get(name)?.value();
            let value = match *name {
                "ContentUri" => packaged_uri(value),
                name if RESOLVED.contains(&name) => expansion.resolve(value),
                _ => value.clone(),
            };
            Some(((*name).to_owned(), value))
        })
        .collect();
    let mut body = Map::from_iter([("Type".to_owned(), "AWS::Serverless::LayerVersion".into())]);
    for name in ["DependsOn", "Condition", "UpdatePolicy"] {
        body.extend(resource.attribute(name).map(|value| (name.to_owned(), value.clone())));
    }
    body.insert("Properties".to_owned(), properties.into());
    format!("{0}{1}", resource.logical_id, digest(&json!({resource.logical_id: body})))
}

/// The attributes of the generated layer, which outlives the stack unless the author says otherwise.
fn attributes(resource: &SamResource<'_>, expansion: &Expansion<'_>) -> Result<Map<String, Value>, Problem> {
    let mut attributes = resource.dependent_attributes();
    if let Some(policy) = resource.get("RetentionPolicy") {
        let value = expansion.resolve(policy.value());
        let known = ["Retain", "Delete"].into_iter().find(|known| {
            let value = value.as_str();
            value.is_some_and(|value| value.eq_ignore_ascii_case(known))
        });
        let known =
            known.ok_or_else(|| policy.problem("is neither `Retain` nor `Delete`", "write `Retain` or `Delete`"))?;
        attributes.insert("DeletionPolicy".to_owned(), known.into());
    }
    attributes.entry("DeletionPolicy").or_insert_with(|| "Retain".into());
    Ok(attributes)
}

fn check_architectures(architectures: &Source<'_>) -> Result<(), Problem> {
    if architectures.is_intrinsic() {
        return Ok(());
    }
    let known = |architecture: &Source<'_>| {
        architecture.is_intrinsic() || ["x86_64", "arm64"].iter().any(|known| architecture.value() == known)
    };
    match architectures.items()?.iter().find(|architecture| !known(architecture)) {
        Some(unknown) => Err(unknown.problem("is neither `x86_64` nor `arm64`", "write `x86_64` or `arm64`")),
        None => Ok(()),
    }
}
