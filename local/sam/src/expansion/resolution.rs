//! The values of parameters in place of their names, as SAM's macro puts them in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::intrinsic;
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

/// `value`, or what it finds if it is an `Fn::FindInMap` of known names.
pub(super) fn find_in_map(value: &Value, mappings: &Map<String, Value>) -> Value {
    let found = || {
        let (_, argument) = intrinsic::call(value).filter(|(name, _)| *name == "Fn::FindInMap")?;
        let [map, first, second] = argument.as_array()?.as_slice() else { return None };
        let first = find_in_map(first, mappings);
        let second = find_in_map(second, mappings);
        mappings.get(map.as_str()?)?.get(first.as_str()?)?.get(second.as_str()?)
    };
    found().unwrap_or(value).clone()
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

    #[test]
    fn a_mapping_is_found_where_all_its_names_are_known() {
        let Value::Object(mappings) = json!({"Apps": {"dev": {"id": "a"}}, "Stages": {"x": {"y": "dev"}}}) else {
            panic!("a map")
        };
        let unknown = json!({"Fn::FindInMap": ["Apps", {"Ref": "Stage"}, "id"]});
        let table = [
            (json!({"Fn::FindInMap": ["Apps", "dev", "id"]}), json!("a")),
            (json!({"Fn::FindInMap": ["Apps", {"Fn::FindInMap": ["Stages", "x", "y"]}, "id"]}), json!("a")),
            (unknown.clone(), unknown),
            (json!("a"), json!("a")),
        ];
        for (value, expected) in table {
            assert_eq!(find_in_map(&value, &mappings), expected, "{value}");
        }
    }
}
