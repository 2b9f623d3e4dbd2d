//! SAM's policy templates: documents with parameters, such as `DynamoDBCrudPolicy: {TableName: …}`.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::source::Source;
use crate::intrinsic;
use crate::problem::Problem;

/// AWS's table: `Templates`, each with `Parameters` and `Definition`.
static TABLE: LazyLock<Value> = LazyLock::new(|| {
    let table = include_str!("../../data/policy_templates.json");
    serde_json::from_str(table).unwrap_or_default()
});

/// Whether `policy` is the call of a policy template.
pub(super) fn is_call(policy: &Value) -> bool {
    called(policy).is_some()
}

/// The policy document that a call of a policy template stands for.
///
/// # Errors
/// The template is unknown, or does not have a value for each of its parameters.
pub(super) fn convert(policy: &Source<'_>) -> Result<Value, Problem> {
    let Some((name, template)) = called(policy.value()) else {
        return Err(
            policy.problem("is not a policy template", "write the name of a policy template and its parameters")
        );
    };
    let values = policy.value()[name].as_object().ok_or_else(|| {
        policy.problem(&format!("has no map of parameters for `{name}`"), "write the parameters as a map, perhaps `{}`")
    })?;
    let parameters = template["Parameters"].as_object();
    let missing: Vec<String> = parameters
        .into_iter()
        .flat_map(Map::keys)
        .filter(|parameter| !values.contains_key(*parameter))
        .map(|parameter| format!("`{parameter}`"))
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(policy.problem(&format!("has no {missing} for `{name}`"), &format!("give it {missing}")));
    }
    Ok(substitute(&template["Definition"], values))
}

/// The name and the template that `policy` calls.
fn called(policy: &Value) -> Option<(&str, &'static Value)> {
    let call = policy.as_object().filter(|object| object.len() == 1)?;
    let name = call.keys().next()?;
    Some((name, TABLE["Templates"].get(name)?))
}

/// `definition` with `values` in place of the parameters.
fn substitute(definition: &Value, values: &Map<String, Value>) -> Value {
    if let Some(value) = intrinsic::referenced(definition).and_then(|name| values.get(name)) {
        return value.clone();
    }
    match definition {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), substitute(value, values))).collect(),
        Value::Array(items) => items.iter().map(|item| substitute(item, values)).collect(),
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert_eq!(TABLE["Templates"].as_object().map(Map::len), Some(81));
    }
}
