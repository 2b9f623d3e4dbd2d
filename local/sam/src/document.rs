//! The sections of a CloudFormation template, before any intrinsic is evaluated.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::expansion::Origin;
use crate::problem::Problem;
use crate::sections::section;

/// The sections that matter here; `Rules`, `Hooks` and the like have no local meaning.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) mappings: Map<String, Value>,
    pub(crate) conditions: Map<String, Value>,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) outputs: Map<String, Value>,
}

/// One entry of `Resources`.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) metadata: Value,
    pub(crate) condition: Option<String>,
    /// What the resource is generated from, unless the author wrote it.
    pub(crate) origin: Option<Origin>,
}

impl Document {
    /// Reads the sections of a template without SAM, whose generated resources come from `origins`.
    ///
    /// # Errors
    /// A section or a resource is not a map, or a resource has no type.
    pub(crate) fn read(template: &Map<String, Value>, mut origins: BTreeMap<String, Origin>) -> Result<Self, Problem> {
        let mut resources = BTreeMap::new();
        for (logical_id, body) in section(template, "Resources")? {
            let origin = origins.remove(&logical_id);
            resources.insert(logical_id.clone(), Resource::read(&logical_id, body, origin)?);
        }
        Ok(Self {
            mappings: section(template, "Mappings")?,
            conditions: section(template, "Conditions")?,
            resources,
            outputs: section(template, "Outputs")?,
        })
    }
}

impl Resource {
    fn read(logical_id: &str, body: Value, origin: Option<Origin>) -> Result<Self, Problem> {
        let Value::Object(mut body) = body else {
            let message = format!("the resource `{logical_id}` is not a map");
            return Err(Problem::new(message, "give it a `Type` and `Properties`"));
        };
        let Some(kind) = body.get("Type").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Problem::new(format!("the resource `{logical_id}` has no `Type`"), "give it a `Type`"));
        };
        let condition = match body.get("Condition") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => {
                let message = format!("the `Condition` of `{logical_id}` is not a name");
                return Err(Problem::new(message, "write the name of one of the template's `Conditions`"));
            }
        };
        let properties = match body.remove("Properties") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(properties) => properties,
        };
        Ok(Self { kind, properties, metadata: body.remove("Metadata").unwrap_or_default(), condition, origin })
    }
}
