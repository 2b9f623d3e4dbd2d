//! What of a template is not served, in words.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Resource;
use crate::evaluation::Resolver;
use crate::parameters::Parameter;
use crate::resource_types;

/// Names what of the template is not served, or has no value.
pub(crate) fn describe(resources: &BTreeMap<String, Resource>, resolver: &Resolver<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (logical_id, resource) in resources {
        if resource_types::is_served(&resource.kind) && has_transform(&resource.properties) {
            warnings.push(format!("`{logical_id}` has an `Fn::Transform`, which is not expanded"));
        }
    }
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
        warnings.push(format!("no value for the parameters {names}: pass them with `--parameter-overrides`"));
    }
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (logical_id, resource) in resources.iter().filter(|(_, resource)| resource_types::is_missed(&resource.kind)) {
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
    for (kind, places) in missed {
        warnings.push(format!("resources of type `{kind}` are not emulated: {}", places.join(", ")));
    }
    warnings
}

/// Whether a macro or an include is to add something to `value`, or within it. Parsers limit how deep that is.
fn has_transform(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key == "Fn::Transform" || has_transform(value)),
        Value::Array(items) => items.iter().any(has_transform),
        _ => false,
    }
}
