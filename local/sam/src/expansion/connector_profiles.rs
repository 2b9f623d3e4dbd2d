//! What a connector between two types of resources allows: AWS's own table, whose source `data/README.md` names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::intrinsic::{substitution, substitution_with_all};

static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/connector_profiles.json")).unwrap_or_default());

/// What a connector from `source` to `destination`, two types of CloudFormation's, may allow.
pub(super) fn profile(source: &str, destination: &str) -> Option<&'static Profile> {
    TABLE.permissions.get(source)?.get(destination)
}

/// How the table sees resources of a type.
pub(super) fn resource_type(kind: &str) -> Option<&'static ResourceType> {
    TABLE.resource_types.get(kind)
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    /// By the type of the source and that of the destination.
    #[serde(rename = "Permissions")]
    permissions: BTreeMap<String, BTreeMap<String, Profile>>,
    #[serde(rename = "CfnResourceProperties")]
    resource_types: BTreeMap<String, ResourceType>,
}

/// What connectors between two types of resources generate.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    #[serde(rename = "Type")]
    pub(super) generated: GeneratedKind,
    #[serde(rename = "Properties")]
    pub(super) rules: Rules,
}

/// The resource that a connector generates.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) enum GeneratedKind {
    #[serde(rename = "AWS_IAM_ROLE_MANAGED_POLICY")]
    ManagedPolicy,
    #[serde(rename = "AWS_LAMBDA_PERMISSION")]
    LambdaPermission,
    #[serde(rename = "AWS_SQS_QUEUE_POLICY")]
    QueuePolicy,
    #[serde(rename = "AWS_SNS_TOPIC_POLICY")]
    TopicPolicy,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rules {
    /// Whether the generated resource belongs to the source rather than to the destination.
    pub(super) source_policy: bool,
    /// What has to wait for the generated resource.
    pub(super) depended_by: Option<Waiting>,
    /// The permissions that go together, where not all combinations do.
    #[serde(default)]
    pub(super) valid_access_categories: Vec<Vec<String>>,
    /// What each permission allows, with placeholders.
    pub(super) access_categories: Map<String, Value>,
}

/// What waits for the generated resource.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) enum Waiting {
    #[serde(rename = "DESTINATION_EVENT_SOURCE_MAPPING")]
    EventSourceMapping,
    #[serde(rename = "SOURCE")]
    Source,
}

/// What connectors know of a type of resource.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResourceType {
    #[serde(default)]
    inputs: Inputs,
    /// Attributes such as `Arn`, with a placeholder for the logical id.
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Value>,
}

impl ResourceType {
    /// Where a resource of the type names its role.
    pub(super) fn role(&self) -> Option<&RolePlace> {
        self.inputs.role.as_ref()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inputs {
    role: Option<RolePlace>,
}

/// Where a resource names its role.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RolePlace {
    /// A property.
    Property(String),
    /// The target of a rule that the connector connects it to.
    Target {
        #[serde(rename = "Function")]
        _function: String,
    },
}

/// `template` with the values of its placeholders, such as `%{Source.Arn}`.
///
/// # Errors
/// The name of a placeholder that has no value.
pub(super) fn fill<'t>(template: &'t Value, values: &BTreeMap<String, Value>) -> Result<Value, &'t str> {
    match template {
        Value::String(text) => fill_text(text, values),
        Value::Array(items) => items.iter().map(|item| fill(item, values)).collect(),
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| Ok((key.clone(), fill(value, values)?)));
            entries.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        scalar => Ok(scalar.clone()),
    }
}

fn fill_text<'t>(text: &'t str, values: &BTreeMap<String, Value>) -> Result<Value, &'t str> {
    let mut filled = String::new();
    let mut variables = Map::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("%{").and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let value = values.get(name).ok_or(name)?;
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return Ok(value.clone());
        }
        let variable: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        filled.extend([before, "${", &variable, "}"]);
        variables.insert(variable, value.clone());
        rest = after;
    }
    filled.push_str(rest);
    Ok(match (variables.is_empty(), filled.contains("${")) {
        (false, _) => substitution_with_all(filled, variables),
        (true, true) => substitution(filled),
        (true, false) => filled.into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_as_the_types_say() {
        let table: Table = serde_json::from_str(include_str!("../../data/connector_profiles.json")).unwrap();
        assert_eq!(table.permissions.len(), 11);
        assert_eq!(table.resource_types.len(), 13);
    }

    #[test]
    fn placeholders_become_values_and_substitutions() {
        let values = BTreeMap::from([
            ("Source.Arn".to_owned(), json!({"Ref": "A"})),
            ("Source.ResourceId".to_owned(), json!("api")),
        ]);
        let table = [
            (json!("%{Source.Arn}"), Ok(json!({"Ref": "A"}))),
            (json!(["%{Source.Arn}/*"]), Ok(json!([{"Fn::Sub": ["${SourceArn}/*", {"SourceArn": {"Ref": "A"}}]}]))),
            (
                json!("%{Source.Arn}%{Source.ResourceId}"),
                Ok(json!({"Fn::Sub": [
                    "${SourceArn}${SourceResourceId}",
                    {"SourceArn": {"Ref": "A"}, "SourceResourceId": "api"},
                ]})),
            ),
            (json!({"a": "${AWS::Region}"}), Ok(json!({"a": {"Fn::Sub": "${AWS::Region}"}}))),
            (json!("%{Source.Name}/x"), Err("Source.Name")),
            (json!("50 %{"), Ok(json!("50 %{"))),
        ];
        for (template, expected) in table {
            assert_eq!(fill(&template, &values), expected, "{template}");
        }
    }
}
