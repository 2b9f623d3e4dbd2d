//! Data sources of a GraphQL API: tables and functions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::part::GraphQlApi;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, reference};
use crate::problem::Problem;

const GROUPS: [Property; 2] = [optional("DynamoDb", Kind::Map), optional("Lambda", Kind::Map)];
const COMMON: [Property; 3] =
    [optional("Name", Kind::Any), optional("Description", Kind::Any), optional("ServiceRoleArn", Kind::Any)];
const TABLE: [Property; 7] = [
    required("TableName", Kind::Any),
    optional("TableArn", Kind::Any),
    optional("Permissions", Kind::List),
    optional("Region", Kind::Any),
    optional("DeltaSync", Kind::Map),
    optional("UseCallerCredentials", Kind::Any),
    optional("Versioned", Kind::Any),
];
const FUNCTION: [Property; 1] = [required("FunctionArn", Kind::Any)];

/// Generates the data sources. The values are their names, by the author's keys.
pub(super) fn expand(
    api: &GraphQlApi<'_, '_>,
    expansion: &mut Expansion<'_>,
) -> Result<BTreeMap<String, Value>, Problem> {
    let mut names = BTreeMap::new();
    let Some(groups) = api.resource.get("DataSources") else { return Ok(names) };
    schema::check(&groups, &[&GROUPS], expansion)?;
    for (group, sources) in groups.entries()? {
        for (key, source) in sources.entries()? {
            let suffix = match group {
                "DynamoDb" => expand_table(api, key, &source, expansion)?,
                "Lambda" => expand_function(api, key, &source, expansion)?,
                _ => continue,
            };
            names.insert(key.to_owned(), attribute(&api.id(&suffix), "Name"));
        }
    }
    Ok(names)
}

/// Generates the data source of a table.
fn expand_table(
    api: &GraphQlApi<'_, '_>,
    key: &str,
    source: &Source<'_>,
    expansion: &mut Expansion<'_>,
) -> Result<String, Problem> {
    schema::check(source, &[&COMMON, &TABLE], expansion)?;
    let table = source.require("TableName")?;
    let region = source.get("Region").map_or_else(|| reference("AWS::Region"), |region| region.value().clone());
    let mut configuration = json!({"AwsRegion": region, "TableName": table.value()});
    let copied = [
        ("UseCallerCredentials", "UseCallerCredentials"),
        ("Versioned", "Versioned"),
        ("DeltaSync", "DeltaSyncConfig"),
    ];
    for (name, generated) in copied {
        if let Some(value) = source.get(name).filter(|value| value.value() != false) {
            configuration[generated] = value.value().clone();
        }
    }
    let arn = source.get("TableArn").map(|arn| arn.value().clone()).unwrap_or_else(|| {
        let arn = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}";
        json!({"Fn::Sub": [arn, {"__TableName__": table.value(), "__Region__": configuration["AwsRegion"]}]})
    });
    let permissions = source.get("Permissions").map_or_else(|| json!(["Read", "Write"]), |all| all.value().clone());
    DataSource {
        api,
        suffix: format!("{key}DynamoDBDataSource"),
        key,
        source,
        kind: "AMAZON_DYNAMODB",
        configuration: ("DynamoDBConfig", configuration),
        connector: "ToTableConnector",
        destination: json!({"Type": "AWS::DynamoDB::Table", "Arn": arn}),
        permissions,
    }
    .expand(expansion)
}

/// Generates the data source of a function.
fn expand_function(
    api: &GraphQlApi<'_, '_>,
    key: &str,
    source: &Source<'_>,
    expansion: &mut Expansion<'_>,
) -> Result<String, Problem> {
    schema::check(source, &[&COMMON, &FUNCTION], expansion)?;
    let arn = source.require("FunctionArn")?;
    DataSource {
        api,
        suffix: format!("{key}LambdaDataSource"),
        key,
        source,
        kind: "AWS_LAMBDA",
        configuration: ("LambdaConfig", json!({"LambdaFunctionArn": arn.value()})),
        connector: "ToLambdaConnector",
        destination: json!({"Type": "AWS::Lambda::Function", "Arn": arn.value()}),
        permissions: json!(["Write"]),
    }
    .expand(expansion)
}

/// A data source of either kind.
struct DataSource<'a, 's> {
    api: &'a GraphQlApi<'a, 's>,
    suffix: String,
    key: &'a str,
    source: &'a Source<'a>,
    kind: &'static str,
    configuration: (&'static str, Value),
    connector: &'static str,
    destination: Value,
    permissions: Value,
}

impl DataSource<'_, '_> {
    /// Generates the data source, and a role that reaches the destination unless the author names one.
    fn expand(self, expansion: &mut Expansion<'_>) -> Result<String, Problem> {
        let Self { api, suffix, source, .. } = self;
        let place = source.place();
        let name = source.get("Name").map_or_else(|| self.key.into(), |name| name.value().clone());
        let (property, configuration) = self.configuration;
        let mut data_source = api
            .part(&suffix, "AWS::AppSync::DataSource", place)
            .set("Name", name)
            .set("Type", self.kind)
            .copy(source, &["Description", "ServiceRoleArn"])
            .set(property, configuration);
        if source.get("ServiceRoleArn").is_none() {
            let role = api.role(&format!("{suffix}Role"), place);
            data_source = data_source.set("ServiceRoleArn", attribute(&role.logical_id, "Arn"));
            let connector = json!({
                "Source": {
                    "Type": "AWS::AppSync::DataSource",
                    "Arn": attribute(&data_source.logical_id, "DataSourceArn"),
                    "RoleName": reference(&role.logical_id),
                },
                "Destination": self.destination,
                "Permissions": self.permissions,
            });
            expansion.add(role)?;
            api.connect(&format!("{suffix}{}", self.connector), place, &connector, expansion)?;
        }
        expansion.add(data_source)?;
        Ok(suffix)
    }
}
