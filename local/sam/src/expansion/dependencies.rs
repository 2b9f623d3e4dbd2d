//! `DependsOn` on what the expansion replaces by other resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Lets everything that depends on the resource `logical_id` depend on the resources `generated` instead.
pub(super) fn replace(resources: &mut Map<String, Value>, logical_id: &str, generated: &[String]) {
    for body in resources.values_mut().filter_map(Value::as_object_mut) {
        let mut dependencies = read(body);
        if let Some(at) = dependencies.iter().position(|dependency| dependency == logical_id) {
            dependencies.remove(at);
            add(&mut dependencies, generated);
            body.insert("DependsOn".to_owned(), dependencies.into());
        }
    }
}

/// Puts new ids into all dependencies.
pub(super) fn rename(resources: &mut Map<String, Value>, renamed: &BTreeMap<String, String>) {
    for dependencies in resources.values_mut().filter_map(|body| body.get_mut("DependsOn")) {
        let dependencies = match dependencies {
            Value::Array(dependencies) => dependencies.as_mut_slice(),
            single => std::slice::from_mut(single),
        };
        for dependency in dependencies {
            if let Some(generated) = dependency.as_str().and_then(|logical_id| renamed.get(logical_id)) {
                *dependency = generated.as_str().into();
            }
        }
    }
}

/// Lets `body` depend on the resources `generated` too.
pub(super) fn extend(body: &mut Map<String, Value>, generated: &[String]) {
    let mut dependencies = read(body);
    add(&mut dependencies, generated);
    body.insert("DependsOn".to_owned(), dependencies.into());
}

fn read(body: &Map<String, Value>) -> Vec<Value> {
    match body.get("DependsOn") {
        Some(Value::Array(dependencies)) => dependencies.clone(),
        Some(single @ Value::String(_)) => vec![single.clone()],
        _ => Vec::new(),
    }
}

fn add(dependencies: &mut Vec<Value>, generated: &[String]) {
    for logical_id in generated {
        if !dependencies.iter().any(|dependency| dependency == logical_id) {
            dependencies.push(logical_id.as_str().into());
        }
    }
}
