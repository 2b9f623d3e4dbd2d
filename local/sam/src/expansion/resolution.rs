//! The values of parameters in place of their names, as SAM's macro puts them in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::intrinsic;
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// `value` with `Ref` of each known parameter, and `${Name}` in `Fn::Sub`, replaced by the value.
pub(super) fn resolve(value: &Value, parameters: &BTreeMap<String, Value>) -> Value {
    match intrinsic::call(value) {
        Some(("Ref", Value::String(name))) => parameters.get(name).unwrap_or(value).clone(),
        Some(("Fn::Sub", Value::String(text))) => intrinsic::substitution(replace(text, parameters)),
        Some(("Fn::Sub", Value::Array(arguments))) => {
            let arguments = arguments.iter().enumerate().map(|(index, argument)| match (index, argument) {
                (0, Value::String(text)) => replace(text, parameters).into(),
                _ => resolve(argument, parameters),
            });
            Value::Object(Map::from_iter([("Fn::Sub".to_owned(), arguments.collect())]))
        }
        _ => match value {
            Value::Object(object) => {
                object.iter().map(|(key, value)| (key.clone(), resolve(value, parameters))).collect()
            }
            Value::Array(items) => items.iter().map(|item| resolve(item, parameters)).collect(),
            _ => value.clone(),
        },
    }
}

/// `value` with each `Fn::FindInMap` replaced by what it finds, if its keys are known and there.
///
/// # Errors
/// A call is malformed, or its mapping does not have two levels.
pub(super) fn find_in_mappings(value: &Value, mappings: &Map<String, Value>) -> Result<Value, Problem> {
    if let Some(("Fn::FindInMap", arguments)) = intrinsic::call(value) {
        let arguments = arguments.as_array().map(Vec::as_slice).unwrap_or_default();
        let [name, first, second] = arguments else {
            return Err(Problem::new(
                "an `Fn::FindInMap` does not have three arguments",
                "name a mapping and two keys",
            ));
        };
        let within = |key| find_in_mappings(key, mappings);
        let (name, first, second) = (within(name)?, within(first)?, within(second)?);
        return Ok(find(&name, &first, &second, mappings)?.unwrap_or(value).clone());
    }
    match value {
        Value::Object(object) => {
            object.iter().map(|(key, value)| Ok((key.clone(), find_in_mappings(value, mappings)?))).collect()
        }
        Value::Array(items) => items.iter().map(|item| find_in_mappings(item, mappings)).collect(),
        _ => Ok(value.clone()),
    }
}

/// The value of `mapping` under two keys; `None` where one of them is not there, or is an intrinsic.
fn find<'m>(
    mapping: &Value,
    first: &Value,
    second: &Value,
    mappings: &'m Map<String, Value>,
) -> Result<Option<&'m Value>, Problem> {
    let (Some(name), Some(first), Some(second)) = (mapping.as_str(), first.as_str(), second.as_str()) else {
        return Ok(None);
    };
    let without_levels =
        || Problem::new(format!("the mapping `{name}` does not have two levels"), "write it as a map of maps");
    let Some(mapping) = mappings.get(name) else { return Ok(None) };
    let Some(inner) = mapping.as_object().ok_or_else(without_levels)?.get(first) else { return Ok(None) };
    Ok(inner.as_object().ok_or_else(without_levels)?.get(second))
}

/// The same, but not for a `Ref` that is `value` itself.
pub(super) fn resolve_within(value: &Value, parameters: &BTreeMap<String, Value>) -> Value {
    match intrinsic::referenced(value) {
        Some(_) => value.clone(),
        None => resolve(value, parameters),
    }
}

/// `text` with `${Name}` of each known parameter replaced, unless its value is not a scalar.
fn replace(text: &str, parameters: &BTreeMap<String, Value>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        replaced.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| {
            let value = parameters.get(name).and_then(scalar_text)?;
            Some((value, after))
        });
        match known {
            Some((value, after)) => {
                replaced.push_str(&value);
                rest = after;
            }
            None => {
                replaced.push_str("${");
                rest = after;
            }
        }
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mapping_gives_what_its_keys_find() {
        let mappings =
            json!({"Rollout": {"dev": {"Type": "AllAtOnce"}}, "Flat": {"dev": "x"}, "Stages": {"a": {"b": "dev"}}});
        let mappings = mappings.as_object().unwrap();
        let find = |arguments: Value| find_in_mappings(&json!({"Fn::FindInMap": arguments}), mappings);
        let nested = json!({"Fn::FindInMap": ["Stages", "a", "b"]});
        for found in [json!(["Rollout", "dev", "Type"]), json!(["Rollout", nested, "Type"])] {
            assert_eq!(find(found), Ok(json!("AllAtOnce")));
        }
        assert_eq!(find_in_mappings(&json!("a"), mappings), Ok(json!("a")));
        for kept in [
            json!(["Rollout", "live", "Type"]),
            json!(["Rollout", "dev", "Kind"]),
            json!(["Other", "dev", "Type"]),
            json!(["Rollout", {"Ref": "AWS::Region"}, "Type"]),
        ] {
            assert_eq!(find(kept.clone()), Ok(json!({"Fn::FindInMap": kept})));
        }
        for malformed in [json!(["Flat", "dev", "Type"]), json!(["Rollout", "dev"]), json!("Rollout")] {
            assert!(find(malformed.clone()).is_err(), "{malformed}");
        }
    }

    #[test]
    fn names_of_parameters_become_their_values_everywhere() {
        let parameters = BTreeMap::from([("Stage".to_owned(), json!("dev")), ("Size".to_owned(), json!(8))]);
        let table = [
            (json!({"Ref": "Stage"}), json!("dev")),
            (json!({"Ref": "Other"}), json!({"Ref": "Other"})),
            (json!([{"A": {"Ref": "Size"}}]), json!([{"A": 8}])),
            (json!({"Fn::Sub": "a-${Stage}-${Size}-${Fn}-${!Stage}"}), json!({"Fn::Sub": "a-dev-8-${Fn}-${!Stage}"})),
            (
                json!({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Stage"}}]}),
                json!({"Fn::Sub": ["${x}-dev", {"x": "dev"}]}),
            ),
            (json!({"Fn::Sub": "${Stage"}), json!({"Fn::Sub": "${Stage"})),
        ];
        for (value, expected) in table {
            assert_eq!(resolve(&value, &parameters), expected, "{value}");
        }
    }
}
