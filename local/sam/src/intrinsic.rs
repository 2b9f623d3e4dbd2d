//! What an intrinsic looks like in a template, and how to write one.

use serde_json::{Map, Value, json};

/// Whether an object is a call such as `{"Ref": …}` or `{"Fn::Sub": …}`.
pub(crate) fn is_call(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

/// The name and the argument of an intrinsic.
pub(crate) fn call(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| is_call(object))?;
    object.iter().next().map(|(name, argument)| (name.as_str(), argument))
}

/// The name that `value` refers to, if it is a `Ref`.
pub(crate) fn referenced(value: &Value) -> Option<&str> {
    call(value).filter(|(name, _)| *name == "Ref")?.1.as_str()
}

/// The resource and the attribute that `value` is, if it is an `Fn::GetAtt`.
pub(crate) fn attribute_of(value: &Value) -> Option<(&str, &str)> {
    match call(value).filter(|(name, _)| *name == "Fn::GetAtt")?.1 {
        Value::String(path) => path.split_once('.'),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(resource), Value::String(attribute)] => Some((resource, attribute)),
            _ => None,
        },
        _ => None,
    }
}

/// `Ref` of `name`.
pub(crate) fn reference(name: &str) -> Value {
    json!({"Ref": name})
}

/// `Fn::GetAtt` of an attribute of a resource.
pub(crate) fn attribute(logical_id: &str, name: &str) -> Value {
    json!({"Fn::GetAtt": [logical_id, name]})
}

/// `Fn::Sub` of `text` alone.
pub(crate) fn substitution(text: impl Into<String>) -> Value {
    json!({"Fn::Sub": text.into()})
}

/// `Fn::Sub` of `text` with one name of its own.
pub(crate) fn substitution_with(text: impl Into<String>, name: &str, value: Value) -> Value {
    json!({"Fn::Sub": [text.into(), {name: value}]})
}

/// `Fn::Sub` of `text` with names of its own.
pub(crate) fn substitution_with_all(text: impl Into<String>, names: Map<String, Value>) -> Value {
    json!({"Fn::Sub": [text.into(), names]})
}

/// `Fn::If`.
pub(crate) fn choice(condition: &str, then: Value, otherwise: Value) -> Value {
    json!({"Fn::If": [condition, then, otherwise]})
}

/// `Fn::If`, with `AWS::NoValue` where the condition does not hold.
pub(crate) fn only_if(condition: &str, value: Value) -> Value {
    json!({"Fn::If": [condition, value, reference("AWS::NoValue")]})
}

/// Whether `value` is `Ref` of `AWS::NoValue`.
pub(crate) fn is_no_value(value: &Value) -> bool {
    referenced(value) == Some("AWS::NoValue")
}
