//! `Globals`, merged into resources as SAM merges them.

use serde_json::{Map, Value};

/// The types that take part, by the name of their section.
const SECTIONS: [(&str, &str); 4] = [
    ("Function", "AWS::Serverless::Function"),
    ("HttpApi", "AWS::Serverless::HttpApi"),
    ("SimpleTable", "AWS::Serverless::SimpleTable"),
    ("WebSocketApi", "AWS::Serverless::WebSocketApi"),
];

/// The one list that a resource replaces instead of lengthening it.
const REPLACED: &str = "Architectures";

/// The properties of a resource of type `kind`, given its `own`.
pub(super) fn merge(globals: Option<&Value>, kind: &str, own: Value) -> Value {
    let section = SECTIONS.iter().find(|(_, name)| *name == kind).and_then(|(section, _)| globals?.get(section));
    match section {
        Some(shared) => merge_values(shared, own),
        None => own,
    }
}

/// Maps deep, lists one after the other; of everything else the resource's own value.
fn merge_values(shared: &Value, own: Value) -> Value {
    match (shared, own) {
        (Value::Object(shared), Value::Object(own)) if !is_intrinsic(shared) && !is_intrinsic(&own) => {
            let mut merged = shared.clone();
            for (key, value) in own {
                let value = match merged.remove(&key) {
                    Some(shared) if key != REPLACED => merge_values(&shared, value),
                    _ => value,
                };
                merged.insert(key, value);
            }
            Value::Object(merged)
        }
        (Value::Array(shared), Value::Array(own)) => shared.iter().cloned().chain(own).collect(),
        (_, own) => own,
    }
}

/// Whether an object is a call such as `{"Ref": …}` or `{"Fn::Sub": …}`, which counts as a scalar.
pub(super) fn is_intrinsic(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_merge_lists_lengthen_and_scalars_are_replaced() {
        let table = [
            (json!({"Timeout": 3}), json!({}), json!({"Timeout": 3})),
            (json!({"Timeout": 3}), json!({"Timeout": 9}), json!({"Timeout": 9})),
            (
                json!({"E": {"V": {"A": "1", "B": "2"}}}),
                json!({"E": {"V": {"B": "3"}}}),
                json!({"E": {"V": {"A": "1", "B": "3"}}}),
            ),
            (json!({"Layers": ["a"]}), json!({"Layers": ["b"]}), json!({"Layers": ["a", "b"]})),
            (
                json!({"Architectures": ["x86_64"]}),
                json!({"Architectures": ["arm64"]}),
                json!({"Architectures": ["arm64"]}),
            ),
            (json!({"A": {"Ref": "X"}}), json!({"A": {"B": 1}}), json!({"A": {"B": 1}})),
            (json!({"A": {"B": 1}}), json!({"A": {"Ref": "X"}}), json!({"A": {"Ref": "X"}})),
        ];
        for (shared, own, expected) in table {
            let globals = json!({"Function": shared});
            assert_eq!(merge(Some(&globals), "AWS::Serverless::Function", own), expected);
        }
    }

    #[test]
    fn globals_are_for_their_own_type_only() {
        let globals = json!({"Function": {"Timeout": 3}});
        assert_eq!(merge(Some(&globals), "AWS::Lambda::Function", json!({})), json!({}));
    }
}
