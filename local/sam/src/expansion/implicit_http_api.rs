//! The HTTP API that events without `ApiId` share.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::any_condition;
use super::globals::Globals;
use crate::intrinsic;

/// The logical id of the implicit API.
pub(super) const LOGICAL_ID: &str = "ServerlessHttpApi";

/// Adds the implicit API to the resources of the source template, if an event needs it. One of the author's with this id
/// is replaced.
pub(super) fn add(resources: &mut Map<String, Value>, conditions: &mut Map<String, Value>, globals: &Globals) {
    let functions: Vec<&Value> = resources.values().filter(|resource| has_implicit_event(resource)).collect();
    if functions.is_empty() {
        return;
    }
    let mut api = Map::from_iter([("Type".to_owned(), "AWS::Serverless::HttpApi".into())]);
    if let Some(condition) = condition(&functions, conditions) {
        api.insert("Condition".to_owned(), condition.into());
    }
    for (attribute, precedence) in [
        ("DeletionPolicy", &["Retain", "Delete"] as &[&str]),
        ("UpdateReplacePolicy", &["Retain", "Snapshot", "Delete"]),
    ] {
        let chosen = precedence.iter().find(|policy| functions.iter().any(|function| function[attribute] == **policy));
        if let Some(policy) = chosen {
            api.insert(attribute.to_owned(), (*policy).into());
        }
    }
    let tags = tags(&functions, globals);
    let properties = if tags.is_empty() { json!({}) } else { json!({"Tags": tags}) };
    api.insert("Properties".to_owned(), properties);
    resources.insert(LOGICAL_ID.to_owned(), api.into());
}

/// Whether this is a function with an event of the implicit API.
fn has_implicit_event(resource: &Value) -> bool {
    has_event(resource, |api| api.is_null() || api.as_str().or_else(|| intrinsic::referenced(api)) == Some(LOGICAL_ID))
}

/// Whether this is a function with an `HttpApi` event whose `ApiId` is `expected`.
fn has_event(resource: &Value, expected: impl Fn(&Value) -> bool) -> bool {
    let Value::Object(events) = &resource["Properties"]["Events"] else { return false };
    let mut apis =
        events.values().filter(|event| event["Type"] == "HttpApi").map(|event| &event["Properties"]["ApiId"]);
    resource["Type"] == "AWS::Serverless::Function" && apis.any(expected)
}

/// The condition of the API: that of its functions, if all have one.
fn condition(functions: &[&Value], section: &mut Map<String, Value>) -> Option<String> {
    const COMBINED: &str = "ServerlessHttpApiCondition";
    let conditions: BTreeSet<&str> =
        functions.iter().map(|function| function["Condition"].as_str()).collect::<Option<_>>()?;
    if conditions.len() > 1 {
        any_condition::add(section, COMBINED, &conditions);
        return Some(COMBINED.to_owned());
    }
    conditions.first().map(|condition| (*condition).to_owned())
}

/// The tags of functions that propagate them. SAM leaves out functions whose events all name the API.
fn tags(functions: &[&Value], globals: &Globals) -> Map<String, Value> {
    let mut tags = Map::new();
    for function in functions.iter().filter(|function| has_event(function, Value::is_null)) {
        let property = |name| {
            let own = Some(&function["Properties"][name]).filter(|own| is_set(own));
            own.or_else(|| globals.get("Function", name).filter(|shared| is_set(shared)))
        };
        if property("PropagateTags").is_some()
            && let Some(Value::Object(propagated)) = property("Tags")
        {
            tags.extend(propagated.clone());
        }
    }
    tags
}

/// Whether the value says anything.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Object(object) => !object.is_empty(),
        _ => true,
    }
}
