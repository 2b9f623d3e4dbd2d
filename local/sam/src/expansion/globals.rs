//! `Globals`, merged into resources as SAM merges them.

use serde_json::{Map, Value};

use super::global_sections::SECTIONS;
use crate::intrinsic::is_call;
use crate::problem::Problem;

/// The one list that a resource replaces instead of lengthening it.
const REPLACED: &str = "Architectures";

/// The `Globals` of a template.
#[derive(Debug, Default)]
pub(crate) struct Globals(Map<String, Value>);

impl Globals {
    /// Reads the section `Globals`. What SAM does not accept is a warning, because newer versions may accept it.
    ///
    /// # Errors
    /// It is not a map of maps, which SAM rejects.
    pub(crate) fn parse(globals: Option<&Value>, warnings: &mut Vec<String>) -> Result<Self, Problem> {
        let sections = match globals {
            None => return Ok(Self::default()),
            Some(Value::Object(sections)) if !sections.is_empty() => sections,
            Some(_) => {
                return Err(Problem::new("`Globals` is not a map of sections", "write `Globals: {Function: …}`"));
            }
        };
        for (name, properties) in sections {
            let Value::Object(properties) = properties else {
                let message = format!("`{name}` in `Globals` is not a map of properties");
                return Err(Problem::new(message, "write properties and their values"));
            };
            let Some(section) = SECTIONS.iter().find(|section| section.name == name) else {
                let known: Vec<_> = SECTIONS.iter().map(|section| format!("`{}`", section.name)).collect();
                warnings.push(format!("SAM rejects `{name}` in `Globals`: it accepts {}", known.join(", ")));
                continue;
            };
            for property in properties.keys().filter(|property| !section.properties.contains(&property.as_str())) {
                warnings.push(format!("SAM rejects `{property}` of `{name}` in `Globals`: write it in each resource"));
            }
        }
        Ok(Self(sections.clone()))
    }

    /// A property in a section.
    pub(super) fn get(&self, section: &str, property: &str) -> Option<&Value> {
        self.0.get(section)?.get(property)
    }

    /// The resources with the properties that they share.
    ///
    /// # Errors
    /// A resource of SAM's is not a map with a map of `Properties`, or its `IgnoreGlobals` is neither `*` nor a list of
    /// properties in the section.
    pub(super) fn merge_into(&self, resources: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
        let mut merged = Map::new();
        for (logical_id, mut body) in resources {
            if let Some(resource) = body.as_object_mut()
                && let Some(Value::String(kind)) = resource.get("Type").cloned()
                && kind.starts_with(super::resource::SAM)
            {
                let own = match resource.remove("Properties") {
                    None | Some(Value::Null) => Value::Object(Map::new()),
                    Some(properties) => properties,
                };
                let ignored = resource.remove("IgnoreGlobals");
                let properties = self.merge(&logical_id, &kind, own, ignored.as_ref())?;
                resource.insert("Properties".to_owned(), properties);
            }
            merged.insert(logical_id, body);
        }
        Ok(merged)
    }

    /// The properties of the resource `logical_id` of type `kind`, given its `own` and its attribute `IgnoreGlobals`.
    ///
    /// # Errors
    /// `ignored` is neither `*` nor a list of properties in the section.
    pub(crate) fn merge(
        &self,
        logical_id: &str,
        kind: &str,
        own: Value,
        ignored: Option<&Value>,
    ) -> Result<Value, Problem> {
        let section = SECTIONS.iter().find(|section| section.kind == kind);
        let Some(Value::Object(shared)) = section.and_then(|section| self.0.get(section.name)) else { return Ok(own) };
        let invalid = |what: &str| {
            let hint = "write `*`, or a list of properties that the section has";
            Problem::new(format!("`IgnoreGlobals` of `{logical_id}` {what}"), hint)
        };
        let mut shared = shared.clone();
        match ignored {
            None | Some(Value::Null) => {}
            Some(Value::String(all)) if all == "*" => return Ok(own),
            Some(Value::Array(names)) => {
                for name in names {
                    let removed = name.as_str().and_then(|name| shared.shift_remove(name));
                    removed.ok_or_else(|| invalid(&format!("has {name}, which is not in `Globals`")))?;
                }
            }
            Some(_) => return Err(invalid("is neither `*` nor a list")),
        }
        Ok(merge_values(&Value::Object(shared), own))
    }
}

/// Maps deep, lists one after the other; of everything else the resource's own value.
fn merge_values(shared: &Value, own: Value) -> Value {
    match (shared, own) {
        (Value::Object(shared), Value::Object(own)) if !is_call(shared) && !is_call(&own) => {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FUNCTION: &str = "AWS::Serverless::Function";

    #[test]
    fn what_is_ignored_is_all_globals_or_a_list_of_them() {
        let globals = Globals::parse(Some(&json!({"Function": {"Timeout": 3}})), &mut Vec::new()).unwrap();
        for ignored in [json!(["Runtime"]), json!("Timeout"), json!([1]), json!({"Timeout": true})] {
            assert!(globals.merge("F", FUNCTION, json!({"Handler": "h"}), Some(&ignored)).is_err(), "{ignored}");
        }
    }

    #[test]
    fn what_sam_does_not_accept_is_an_error_or_a_warning() {
        for section in [json!([]), json!({}), json!({"Function": []})] {
            assert!(Globals::parse(Some(&section), &mut Vec::new()).is_err(), "{section}");
        }
        for section in
            [json!({"Lambda": {}}), json!({"Function": {"Policies": []}}), json!({"Api": {"StageName": "x"}})]
        {
            let mut warnings = Vec::new();
            Globals::parse(Some(&section), &mut warnings).unwrap();
            assert_eq!(warnings.len(), 1, "{section}: {warnings:?}");
        }
    }
}
