//! `SchemaRegistryConfig` of Kafka: what a function's role needs to read schemas.

use serde_json::{Value, json};

use super::access::read_secret;
use crate::expansion::event::Event;
use crate::expansion::role::allow;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{call, substitution};
use crate::problem::Problem;

/// Statements for the registry that the event names, if it does.
pub(super) fn statements(event: &Event<'_>, expansion: &Expansion<'_>) -> Result<Vec<Value>, Problem> {
    let Some(config) = event.properties.filled("SchemaRegistryConfig") else { return Ok(Vec::new()) };
    let registry = config.require("SchemaRegistryURI")?;
    let format = config.require("EventRecordFormat")?;
    if !["JSON", "SOURCE"].contains(&format.value().as_str().unwrap_or_default()) {
        return Err(format.problem(&format!("is `{}`", format.value()), "write `JSON` or `SOURCE`"));
    }
    config.require("SchemaValidationConfigs")?.items()?;
    let mut statements = secrets(&config)?;
    if let Some(name) = registry_name(&expansion.resolve(registry.value())) {
        let schemas = format!("arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:schema/{name}/*");
        statements.push(allow(json!(["glue:GetRegistry"]), registry.value().clone()));
        statements.push(allow(json!(["glue:GetSchemaVersion"]), json!([substitution(schemas)])));
    }
    Ok(statements)
}

/// Statements for the secrets of `AccessConfigs`.
fn secrets(config: &Source<'_>) -> Result<Vec<Value>, Problem> {
    let Some(access) = config.filled("AccessConfigs") else { return Ok(Vec::new()) };
    let secret = |entry: Source<'_>| {
        entry.require("Type")?;
        Ok(read_secret(entry.require("URI")?.value().clone()))
    };
    access.items()?.into_iter().map(secret).collect()
}

/// The name of a registry of Glue by its ARN; other registries have none.
fn registry_name(uri: &Value) -> Option<String> {
    let arn = match call(uri) {
        Some(("Fn::Sub", argument)) => argument.as_str()?,
        _ => uri.as_str()?,
    };
    let name = arn.starts_with("arn").then(|| arn.split(':').nth(5))??.strip_prefix("registry/")?;
    Some(name.to_owned())
}
