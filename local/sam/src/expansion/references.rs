//! References to what the expansion generates: `Ref: Function.Alias` means the alias of the function, `Ref: Layer` the
//! layer with its new id.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::intrinsic;

/// What references mean after the expansion.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Ids of generated resources by what refers to them, such as `Function.Alias`.
    pub(super) derived: BTreeMap<String, String>,
    /// New ids of resources.
    pub(super) renamed: BTreeMap<String, String>,
}

impl References {
    /// `F.Alias.Arn` as `FAliaslive.Arn`, and `Layer.Arn` as `Layer0123456789.Arn`.
    fn replace(&self, path: &str) -> Option<String> {
        let mut ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        let first = ends.next()?;
        let derived = ends.next().and_then(|second| Some((self.derived.get(&path[..second])?, second)));
        let (generated, end) = derived.or_else(|| Some((self.renamed.get(&path[..first])?, first)))?;
        Some(format!("{generated}{}", &path[end..]))
    }
}

/// `template` with the ids of the generated resources in all references.
pub(super) fn replace_all(template: Map<String, Value>, references: &References) -> Map<String, Value> {
    if references.derived.is_empty() && references.renamed.is_empty() {
        return template;
    }
    template.into_iter().map(|(key, value)| (key, replace(value, references))).collect()
}

fn replace(value: Value, references: &References) -> Value {
    match intrinsic::call(&value) {
        Some(("Ref", Value::String(name))) => {
            return references.replace(name).map_or_else(|| value.clone(), |name| intrinsic::reference(&name));
        }
        Some(("Fn::GetAtt", argument)) => {
            return match dotted(argument).and_then(|path| references.replace(&path)) {
                Some(path) => {
                    let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
                    intrinsic::attribute(resource, attribute)
                }
                None => value,
            };
        }
        Some(("Fn::Sub", Value::String(text))) => {
            return intrinsic::substitution(replace_in_text(text, references, &Map::new()));
        }
        _ => {}
    }
    match value {
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("Fn::Sub", Value::Array(arguments)) => (key, replace_in_arguments(arguments, references)),
                (_, value) => (key, replace(value, references)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| replace(item, references)).collect(),
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

/// The arguments of `Fn::Sub`: a text, and a map of names of its own.
fn replace_in_arguments(arguments: Vec<Value>, references: &References) -> Value {
    let own = arguments.get(1).and_then(Value::as_object).cloned().unwrap_or_default();
    let arguments = arguments.into_iter().enumerate().map(|(index, argument)| match (index, argument) {
        (0, Value::String(text)) => replace_in_text(&text, references, &own).into(),
        (_, argument) => replace(argument, references),
    });
    arguments.collect()
}

/// `text` with all references replaced that are not names of its `own`.
fn replace_in_text(text: &str, references: &References, own: &Map<String, Value>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        replaced.extend([before, "${"]);
        let reference = after.split_once('}').filter(|(path, _)| !own.contains_key(*path));
        rest = match reference.and_then(|(path, after)| Some((references.replace(path)?, after))) {
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
        let references = References {
            derived: BTreeMap::from([("F.Alias".to_owned(), "FAliaslive".to_owned())]),
            renamed: BTreeMap::from([("L".to_owned(), "L01".to_owned())]),
        };
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
            (json!({"Ref": "L"}), json!({"Ref": "L01"})),
            (json!({"Fn::GetAtt": "L.Arn"}), json!({"Fn::GetAtt": ["L01", "Arn"]})),
            (json!({"Fn::Sub": "${L}${L.Arn}${!L}"}), json!({"Fn::Sub": "${L01}${L01.Arn}${!L}"})),
            (json!({"Fn::Sub": ["${L}", {"L": {"Ref": "L"}}]}), json!({"Fn::Sub": ["${L}", {"L": {"Ref": "L01"}}]})),
            (json!("L"), json!("L")),
        ];
        for (value, expected) in table {
            assert_eq!(replace(value.clone(), &references), expected, "{value}");
        }
    }
}
