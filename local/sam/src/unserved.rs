//! What of a template is not served, in words.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Resource;
use crate::evaluation::Resolver;
use crate::parameters::Parameter;
use crate::resource_types;

/// The REST API that SAM adds for events that name none.
const IMPLICIT_REST_API: &str = "ServerlessRestApi";
/// Services that invoke functions by a permission alone, and not here.
const UNSERVED_CALLERS: [&str; 4] =
    ["alexa-appkit.amazon.com", "cognito-idp.amazonaws.com", "logs.amazonaws.com", "s3.amazonaws.com"];

/// Names what of the template is not served, or has no value.
pub(crate) fn describe(resources: &BTreeMap<String, Resource>, resolver: &Resolver<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (logical_id, resource) in resources {
        if resource_types::is_served(&resource.kind) && has_transform(&resource.properties) {
            warnings.push(format!("`{logical_id}` has an `Fn::Transform`, which is not expanded"));
        }
    }
    warnings.extend(parameters(resolver));
    let events = Events::of(resources);
    warnings.extend(events.warnings);
    warnings.extend(types(resources, events.name_rest_api));
    warnings
}

/// Names the parameters without a value.
fn parameters(resolver: &Resolver<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut without_value = Vec::new();
    for (name, parameter) in &resolver.parameters.values {
        match parameter {
            Parameter::InParameterStore => {
                warnings.push(format!("the parameter `{name}` has no value here: AWS reads it from Systems Manager"));
            }
            Parameter::Missing => without_value.push(format!("`{name}`")),
            Parameter::Text(_) | Parameter::List(_) => {}
        }
    }
    if !without_value.is_empty() {
        let names = without_value.join(", ");
        let way = match resolver.parameters.is_nested {
            true => "add them to `Parameters` of the nested stack",
            false => "pass them with `--parameter-overrides`",
        };
        warnings.push(format!("no value for the parameters {names}: {way}"));
    }
    warnings
}

/// The events of functions that only a permission is generated for, or a method of the REST API that SAM adds.
struct Events {
    /// A sentence for each of them.
    warnings: Vec<String>,
    /// Whether the REST API that SAM adds is named by its events.
    name_rest_api: bool,
}

impl Events {
    fn of(resources: &BTreeMap<String, Resource>) -> Self {
        let (mut warnings, mut name_rest_api) = (Vec::new(), false);
        for resource in resources.values().filter(|resource| resource.kind == resource_types::PERMISSION) {
            let Some(origin) = resource.origin.as_ref().filter(|origin| origin.place.path.starts_with("Events."))
            else {
                continue;
            };
            let principal = resource.properties["Principal"].as_str().unwrap_or_default();
            let is_rest = resource.properties["SourceArn"].to_string().contains(IMPLICIT_REST_API);
            if UNSERVED_CALLERS.contains(&principal) || is_rest {
                warnings.push(format!("{} is left out: calls by `{principal}` are not emulated", origin.place));
                name_rest_api |= is_rest;
            }
        }
        Self { warnings, name_rest_api }
    }
}

/// Names the resources that are missed, by their types. Events have named the REST API that SAM adds if `without_rest_api`.
fn types(resources: &BTreeMap<String, Resource>, without_rest_api: bool) -> Vec<String> {
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let is_missed = |(_, resource): &(&String, &Resource)| {
        let is_rest_api = resource.origin.as_ref().is_some_and(|origin| origin.place.logical_id == IMPLICIT_REST_API);
        resource_types::is_missed(&resource.kind) && !(is_rest_api && without_rest_api)
    };
    for (logical_id, resource) in resources.iter().filter(is_missed) {
        let (kind, place) = match &resource.origin {
            // What the author wrote as one SAM resource is named as such.
            Some(origin) if origin.place.path.is_empty() => (origin.kind.as_str(), origin.place.to_string()),
            Some(origin) => (resource.kind.as_str(), origin.place.to_string()),
            None => (resource.kind.as_str(), format!("`{logical_id}`")),
        };
        let places = missed.entry(kind).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let describe = |(kind, places): (&str, Vec<String>)| {
        format!("resources of type `{kind}` are not emulated: {}", places.join(", "))
    };
    missed.into_iter().map(describe).collect()
}

/// Whether a macro or an include is to add something to `value`, or within it. Parsers limit how deep that is.
fn has_transform(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key == "Fn::Transform" || has_transform(value)),
        Value::Array(items) => items.iter().any(has_transform),
        _ => false,
    }
}
