//! The code of a function: a local path, a place in S3, an image or text in the template.

use serde_json::{Value, json};

use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::s3::Upload;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::problem::Problem;

/// The code of a function without any: the directory of the template, as for `sam build`.
const TEMPLATE_DIRECTORY: &str = ".";

/// `function` with its `Code`, which is text for a local path.
///
/// # Errors
/// The code is malformed, or does not fit `PackageType`.
pub(super) fn set_on(
    function: Generated,
    resource: &SamResource<'_>,
    expansion: &mut Expansion<'_>,
) -> Result<Generated, Problem> {
    let is_image = match resource.filled("PackageType") {
        None => false,
        Some(kind) => match kind.value().as_str() {
            Some("Zip") => false,
            Some("Image") => true,
            _ => return Err(kind.problem("is neither `Zip` nor `Image`", "write `Zip` or `Image`")),
        },
    };
    check_package(resource, is_image)?;
    let name = if is_image { "ImageUri" } else { "CodeUri" };
    let inline = resource.get("InlineCode").filter(|_| !is_image);
    let Some(written) = inline.clone().or_else(|| resource.filled(name)) else {
        if !(is_image && is_built(resource)) {
            let place = resource.properties.place();
            expansion.warn(format!("{place} has no `{name}`: its code is the directory of the template"));
        }
        return Ok(function.set("Code", TEMPLATE_DIRECTORY));
    };
    let mut code = match (inline, is_image) {
        (Some(inline), _) => json!({"ZipFile": inline.value()}),
        (None, true) => json!({"ImageUri": written.value()}),
        (None, false) => location(&written)?,
    };
    if let (Some(code), Some(key)) = (code.as_object_mut(), resource.filled("SourceKMSKeyArn").filter(|_| !is_image)) {
        code.insert("SourceKMSKeyArn".to_owned(), key.value().clone());
    }
    Ok(function.set("Code", code).written_at("Code", written.place()))
}

/// Whether `sam build` makes the image, so that it does not have a name yet.
fn is_built(resource: &SamResource<'_>) -> bool {
    resource.attribute("Metadata").is_some_and(|metadata| !metadata["Dockerfile"].is_null())
}

/// Checks which properties the kind of package allows.
fn check_package(resource: &SamResource<'_>, is_image: bool) -> Result<(), Problem> {
    let (needed, forbidden): (&[&str], &[&str]) = match is_image {
        false => (&["Runtime", "Handler"], &["ImageConfig"]),
        true => (&[], &["Runtime", "Handler", "Layers"]),
    };
    let kind = if is_image { "Image" } else { "Zip" };
    if let Some(name) = needed.iter().find(|name| resource.filled(name).is_none()) {
        let hint = format!("give it `{name}`, or write `PackageType: Image`");
        return Err(resource.problem(&format!("has no `{name}`"), &hint));
    }
    if let Some(name) = forbidden.iter().find(|name| resource.filled(name).is_some()) {
        let message = format!("has `{name}`, which does not go with `PackageType: {kind}`");
        return Err(resource.problem(&message, &format!("remove `{name}`, or change `PackageType`")));
    }
    Ok(())
}

/// `CodeUri` as CloudFormation writes it.
fn location(uri: &Source<'_>) -> Result<Value, Problem> {
    let references = uri.value().as_str().unwrap_or_default().split("{{resolve:").skip(1);
    if references.filter_map(|rest| rest.split_once("}}")).any(|(reference, _)| reference.contains('/')) {
        let hint = "write a local path, or `s3://bucket/key`";
        return Err(uri.problem("has a dynamic reference, which does not work here", hint));
    }
    let mut code = Upload::read(uri)?.code();
    if let Some(mode) = uri.get("StorageMode") {
        code["S3ObjectStorageMode"] = mode.value().clone();
    }
    Ok(code)
}
