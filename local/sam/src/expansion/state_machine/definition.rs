//! The definition of a state machine as Step Functions reads it: a text with substitutions, or an uploaded file.

use serde_json::{Map, Value, json};

use crate::expansion::digest::escape;
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::s3::Upload;
use crate::expansion::source::Source;
use crate::intrinsic;
use crate::problem::Problem;

/// Sets the definition of `machine`.
pub(super) fn define(machine: Generated, resource: &SamResource<'_>) -> Result<Generated, Problem> {
    let substitutions = resource.properties.filled("DefinitionSubstitutions");
    let machine = machine.set_from("DefinitionSubstitutions", substitutions.clone());
    let properties = &resource.properties;
    match (properties.filled("Definition"), properties.filled("DefinitionUri")) {
        (Some(_), Some(uri)) => {
            Err(uri.problem("is written together with `Definition`", "write one of `Definition` and `DefinitionUri`"))
        }
        (None, None) => Err(resource.problem("has no definition", "give it `Definition` or `DefinitionUri`")),
        (None, Some(uri)) => {
            let location = Upload::read(&uri)?.definition();
            Ok(machine.written_at("DefinitionS3Location", uri.place()).set("DefinitionS3Location", location))
        }
        (Some(definition), None) => {
            let mut value = definition.value().clone();
            value.sort_all_objects();
            let mut found = Map::new();
            substitute_within(&mut value, &mut found);
            let machine = machine
                .written_at("DefinitionString", definition.place())
                .set("DefinitionString", json!({"Fn::Join": ["\n", lines(&value)]}));
            add_substitutions(machine, substitutions.as_ref(), found, &definition)
        }
    }
}

/// Adds what the definition needs to the author's own substitutions.
fn add_substitutions(
    machine: Generated,
    own: Option<&Source<'_>>,
    found: Map<String, Value>,
    definition: &Source<'_>,
) -> Result<Generated, Problem> {
    if found.is_empty() {
        return Ok(machine);
    }
    let machine = found.keys().fold(machine, |machine, name| {
        machine.written_at(&format!("DefinitionSubstitutions.{name}"), definition.place())
    });
    let mut all = own.map_or_else(|| Ok(Map::new()), |own| own.map().cloned())?;
    all.extend(found);
    Ok(machine.set("DefinitionSubstitutions", all))
}

/// Replaces what only CloudFormation knows within `value`, whose maps are sorted, by names of substitutions.
fn substitute_within(value: &mut Value, found: &mut Map<String, Value>) {
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Object(object) => Box::new(object.values_mut()),
        Value::Array(items) => Box::new(items.iter_mut()),
        _ => return,
    };
    for child in children {
        if is_dynamic(child) {
            let name = format!("definition_substitution_{}", found.len() + 1);
            let text = format!("${{{name}}}");
            found.insert(name, std::mem::replace(child, text.into()));
        } else {
            substitute_within(child, found);
        }
    }
}

/// Whether CloudFormation resolves the value: an intrinsic, a condition or a dynamic reference.
fn is_dynamic(value: &Value) -> bool {
    match value {
        Value::Object(object) => intrinsic::is_call(object) || (object.len() == 1 && object.contains_key("Condition")),
        Value::String(text) => is_dynamic_reference(text),
        _ => false,
    }
}

/// Whether `text` is a reference such as `{{resolve:ssm:name:1}}`.
fn is_dynamic_reference(text: &str) -> bool {
    let inner = text.strip_prefix("{{resolve:").and_then(|text| text.strip_suffix("}}"));
    inner.and_then(|inner| inner.split_once(':')).is_some_and(|(service, key)| {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        !service.is_empty() && service.bytes().all(is_name) && !key.is_empty()
    })
}

/// The lines of the JSON of `value`.
fn lines(value: &Value) -> Vec<String> {
    let mut lines = vec![String::new()];
    write(value, "", &mut lines);
    lines
}

/// Appends the JSON of `value` to the last of `lines`; further lines begin with `indent`.
fn write(value: &Value, indent: &str, lines: &mut Vec<String>) {
    let (open, close, entries): (_, _, Vec<(String, &Value)>) = match value {
        Value::Object(object) if !object.is_empty() => {
            let key = |key: &String| format!("{}: ", escape(&Value::from(key.as_str()).to_string()));
            ("{", "}", object.iter().map(|(name, value)| (key(name), value)).collect())
        }
        Value::Array(items) if !items.is_empty() => {
            ("[", "]", items.iter().map(|item| (String::new(), item)).collect())
        }
        scalar => return append(&escape(&scalar.to_string()), lines),
    };
    append(open, lines);
    let deeper = format!("{indent}    ");
    let last = entries.len() - 1;
    for (index, (key, value)) in entries.into_iter().enumerate() {
        lines.push(format!("{deeper}{key}"));
        write(value, &deeper, lines);
        if index < last {
            append(",", lines);
        }
    }
    lines.push(format!("{indent}{close}"));
}

fn append(text: &str, lines: &mut [String]) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_indented_json() {
        // `python3 -c 'import json; print(json.dumps(…, sort_keys=True, indent=4).split("\n"))'`
        let value = json!({"a": {}, "b": [1, "é"], "c\"": [], "d": {"e": null}});
        let expected = [
            "{",
            "    \"a\": {},",
            "    \"b\": [",
            "        1,",
            "        \"\\u00e9\"",
            "    ],",
            "    \"c\\\"\": [],",
            "    \"d\": {",
            "        \"e\": null",
            "    }",
            "}",
        ];
        assert_eq!(lines(&value), expected);
    }

    #[test]
    fn what_cloudformation_resolves_is_substituted_in_order() {
        let mut value =
            json!([{"Ref": "A"}, {"b": "{{resolve:ssm:/x:1}}", "c": ["{{resolve:ssm}}", {"Condition": "C"}]}]);
        let mut found = Map::new();
        substitute_within(&mut value, &mut found);
        let name = |number| format!("${{definition_substitution_{number}}}");
        assert_eq!(value, json!([name(1), {"b": name(2), "c": ["{{resolve:ssm}}", name(3)]}]));
        assert_eq!(found.len(), 3);
    }
}
