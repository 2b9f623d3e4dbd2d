//! The author's own resources, which some events change.

use serde_json::{Map, Value};

use crate::expansion::place::Place;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::referenced;
use crate::problem::Problem;

/// The id of the resource of type `kind` that `reference` is a `Ref` to.
///
/// # Errors
/// The template has no such resource.
pub(super) fn find<'s>(reference: &Source<'s>, kind: &str, expansion: &Expansion<'_>) -> Result<&'s str, Problem> {
    let found = referenced(reference.value())
        .filter(|id| expansion.resource(id).is_some_and(|resource| resource["Type"].as_str() == Some(kind)));
    let hint = format!("write `!Ref` and the name of an `{kind}` of the template");
    found.ok_or_else(|| reference.problem(&format!("is not a `Ref` to an `{kind}` of the template"), &hint))
}

/// The map under `key`, which is added if it is missing. `place` is where the map is written.
///
/// # Errors
/// There is something else.
pub(super) fn map<'a>(
    parent: &'a mut Map<String, Value>,
    key: &str,
    place: &Place,
) -> Result<&'a mut Map<String, Value>, Problem> {
    let value = parent.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = Map::new().into();
    }
    value.as_object_mut().ok_or_else(|| Problem::new(format!("{place} is not a map"), "correct the property"))
}

/// The list under `key`, which is added if it is missing. `place` is where the list is written.
///
/// # Errors
/// There is something else.
pub(super) fn list<'a>(
    parent: &'a mut Map<String, Value>,
    key: &str,
    place: &Place,
) -> Result<&'a mut Vec<Value>, Problem> {
    let value = parent.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().ok_or_else(|| Problem::new(format!("{place} is not a list"), "correct the property"))
}
