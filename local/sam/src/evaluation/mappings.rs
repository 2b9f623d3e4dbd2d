//! `Mappings` of a template: values by two keys.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::scalar::scalar_text;

/// The value under `keys`: the name of a mapping, and two keys in it.
///
/// # Errors
/// It is not a value that a mapping may have: evaluating it might never end.
pub(super) fn find<'m>(mappings: &'m Map<String, Value>, keys: &[String]) -> Result<Option<&'m Value>, Problem> {
    let [mapping, first, second] = keys else { return Ok(None) };
    match mappings.get(mapping).and_then(|mapping| mapping.get(first)).and_then(|values| values.get(second)) {
        Some(value) if !is_literal(value) => {
            let message = format!("the mapping at `{}` is neither text nor a list of texts", keys.join("."));
            Err(Problem::new(message, "write values in `Mappings`, not intrinsics"))
        }
        found => Ok(found),
    }
}

fn is_literal(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| scalar_text(item).is_some()),
        _ => scalar_text(value).is_some(),
    }
}
