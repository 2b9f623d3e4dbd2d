//! The sections of a template, before any intrinsic is evaluated.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::expansion::Globals;
use super::problem::Problem;
use super::resource_types::CONNECTOR;
use super::resource_types::IMPLICIT_HTTP_API;
use super::yaml;

/// Transforms that need not be applied: SAM's is what this reader is for, and of language extensions it knows all but
/// loops, which it names.
const TRANSFORMS: [&str; 3] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];

/// A parsed template with its `Globals` merged into the resources.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) parameters: Map<String, Value>,
    pub(super) mappings: Map<String, Value>,
    pub(super) conditions: Map<String, Value>,
    pub(super) resources: BTreeMap<String, Resource>,
    /// A sentence for each macro, include and loop that would add to the template, and for each of the `Globals` that SAM rejects.
    pub(super) warnings: Vec<String>,
    /// `Globals.HttpApi`, which the implicit HTTP API takes, too.
    pub(super) implicit_http_api: Resource,
}

/// One entry of `Resources`.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) properties: Value,
    pub(super) metadata: Value,
    pub(super) condition: Option<String>,
}

impl Document {
    /// Reads the sections that matter here; `Outputs`, `Rules`, `Hooks` and the like have no local meaning.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let root = match yaml::parse(text)? {
            Value::Object(root) if matches!(root.get("Resources"), Some(Value::Object(_))) => root,
            _ => {
                return Err(Problem::new(
                    "this is no template: it has no `Resources`",
                    "name a SAM or CloudFormation template with `--template FILE`",
                ));
            }
        };
        let mut resources = BTreeMap::new();
        let mut warnings = transforms(&root);
        let globals = Globals::parse(root.get("Globals"), &mut warnings)?;
        for (logical_id, body) in section(&root, "Resources")? {
            if logical_id == "Fn::Transform" {
                warnings.push("the resources of an `Fn::Transform` are left out: it is not expanded".to_owned());
            } else if logical_id.starts_with("Fn::") {
                warnings.push(format!("the resources of `{logical_id}` are left out: loops are not expanded"));
            } else {
                let connectors = body.get("Connectors").and_then(Value::as_object).cloned().unwrap_or_default();
                let resource = resource(&logical_id, body, &globals)?;
                resources.extend(connectors.into_iter().map(|(name, connector)| {
                    (format!("{logical_id}{name}"), embedded_connector(&resource, &connector))
                }));
                resources.insert(logical_id, resource);
            }
        }
        let http_api = "AWS::Serverless::HttpApi";
        let implicit_http_api = Resource {
            kind: http_api.to_owned(),
            properties: globals.merge(IMPLICIT_HTTP_API, http_api, Value::Object(Map::new()), None)?,
            metadata: Value::Null,
            condition: None,
        };
        Ok(Self {
            parameters: section(&root, "Parameters")?,
            mappings: section(&root, "Mappings")?,
            conditions: section(&root, "Conditions")?,
            resources,
            warnings,
            implicit_http_api,
        })
    }
}

/// The macros of the template as a whole, other than those that this reader or nothing here needs.
fn transforms(root: &Map<String, Value>) -> Vec<String> {
    let declared = match root.get("Transform") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let name = |value: &Value| value.as_str().or_else(|| value.get("Name")?.as_str()).map(str::to_owned);
    let names = declared.into_iter().filter_map(name).filter(|name| !TRANSFORMS.contains(&name.as_str()));
    names.map(|name| format!("the transform `{name}` is not applied: what it adds is missing")).collect()
}

/// SAM takes a connector that stands within its source for a resource of its own.
fn embedded_connector(source: &Resource, connector: &Value) -> Resource {
    Resource {
        kind: CONNECTOR.to_owned(),
        properties: connector.get("Properties").cloned().unwrap_or_default(),
        metadata: Value::Null,
        condition: source.condition.clone(),
    }
}

fn section(root: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Problem> {
    match root.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(section)) => Ok(section.clone()),
        Some(_) => Err(Problem::new(format!("`{name}` is no map"), format!("write `{name}` as a map of names"))),
    }
}

fn resource(logical_id: &str, body: Value, globals: &Globals) -> Result<Resource, Problem> {
    let Value::Object(mut body) = body else {
        return Err(Problem::new(
            format!("the resource `{logical_id}` is no map"),
            "give it a `Type` and `Properties`",
        ));
    };
    let Some(kind) = body.get("Type").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Problem::new(format!("the resource `{logical_id}` has no `Type`"), "give it a `Type`"));
    };
    let condition = match body.get("Condition") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => {
            return Err(Problem::new(
                format!("the `Condition` of `{logical_id}` is no name"),
                "write the name of one of the template's `Conditions`",
            ));
        }
    };
    let own = match body.remove("Properties") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(properties) => properties,
    };
    let properties = globals.merge(logical_id, &kind, own, body.get("IgnoreGlobals"))?;
    Ok(Resource { kind, properties, metadata: body.remove("Metadata").unwrap_or_default(), condition })
}
