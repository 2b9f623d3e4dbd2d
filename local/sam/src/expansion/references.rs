//! References to what the expansion generates: `Ref: Function.Alias` means the alias of the function.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::intrinsic;

/// `template` with every reference to a derived resource, such as `Function.Alias`, replaced by its id.
pub(super) fn replace_derived(template: Map<String, Value>, derived: &BTreeMap<String, String>) -> Map<String, Value> {
    if derived.is_empty() {
        return template;
    }
    template.into_iter().map(|(key, value)| (key, replace(value, derived))).collect()
}

fn replace(value: Value, derived: &BTreeMap<String, String>) -> Value {
    match intrinsic::call(&value) {
        Some(("Ref", Value::String(name))) => match derived.get(name) {
            Some(generated) => return intrinsic::reference(generated),
            None => return value,
        },
        Some(("Fn::GetAtt", argument)) => {
            return match dotted(argument).and_then(|path| rename(&path, derived)) {
                Some(path) => {
                    let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
                    intrinsic::attribute(resource, attribute)
                }
                None => value,
            };
        }
        Some(("Fn::Sub", Value::String(text))) => return intrinsic::substitution(replace_in_text(text, derived)),
        _ => {}
    }
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("Fn::Sub", Value::Array(mut arguments)) => {
                    for (index, argument) in arguments.iter_mut().enumerate() {
                        *argument = match (index, argument.take()) {
                            (0, Value::String(text)) => replace_in_text(&text, derived).into(),
                            (_, argument) => replace(argument, derived),
                        };
                    }
                    (key, arguments.into())
                }
                (_, value) => (key, replace(value, derived)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| replace(item, derived)).collect(),
        scalar => scalar,
    }
}

/// The argument of `Fn::GetAtt` as one path.
fn dotted(argument: &Value) -> Option<String> {
    match argument {
        Value::String(path) => Some(path.clone()),
        Value::Array(parts) => Some(parts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.join(".")),
        _ => None,
    }
}

/// `Function.Alias.Arn` as `FunctionAliaslive.Arn`.
fn rename(path: &str, derived: &BTreeMap<String, String>) -> Option<String> {
    let mut ends = path.match_indices('.').map(|(at, _)| at).skip(1).chain([path.len()]);
    let end = ends.next()?;
    let generated = derived.get(&path[..end])?;
    Some(format!("{generated}{}", &path[end..]))
}

fn replace_in_text(text: &str, derived: &BTreeMap<String, String>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        replaced.extend([before, "${"]);
        rest = match after.split_once('}').and_then(|(path, after)| Some((rename(path, derived)?, after))) {
            Some((path, after)) => {
                replaced.extend([&path, "}"]);
                after
            }
            None => after,
        };
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_reference_finds_the_generated_resource() {
        let derived = BTreeMap::from([("F.Alias".to_owned(), "FAliaslive".to_owned())]);
        let table = [
            (json!({"Ref": "F.Alias"}), json!({"Ref": "FAliaslive"})),
            (json!({"Ref": "F.Version"}), json!({"Ref": "F.Version"})),
            (json!({"Fn::GetAtt": ["F", "Alias.Arn"]}), json!({"Fn::GetAtt": ["FAliaslive", "Arn"]})),
            (json!({"Fn::GetAtt": ["F.Alias", "Arn"]}), json!({"Fn::GetAtt": ["FAliaslive", "Arn"]})),
            (json!({"Fn::GetAtt": ["F", "Arn"]}), json!({"Fn::GetAtt": ["F", "Arn"]})),
            (
                json!({"a": [{"Fn::Sub": "${F.Alias}-${F}-${F.Alias.Arn}"}]}),
                json!({"a": [{"Fn::Sub": "${FAliaslive}-${F}-${FAliaslive.Arn}"}]}),
            ),
            (
                json!({"Fn::Sub": ["${F.Alias}${x}", {"x": {"Ref": "F.Alias"}}]}),
                json!({"Fn::Sub": ["${FAliaslive}${x}", {"x": {"Ref": "FAliaslive"}}]}),
            ),
        ];
        for (value, expected) in table {
            assert_eq!(replace(value.clone(), &derived), expected, "{value}");
        }
    }
}
