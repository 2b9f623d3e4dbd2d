//! `SourceAccessConfigurations`: how a mapping gains access to its source.

use serde_json::{Value, json};

use crate::expansion::event::Event;
use crate::expansion::role::allow;
use crate::expansion::source::Source;
use crate::intrinsic::substitution;
use crate::problem::Problem;

/// The entries, of which there is at least one.
///
/// # Errors
/// There is not a list, or it is empty.
pub(super) fn entries<'s>(event: &Event<'s>) -> Result<Vec<Source<'s>>, Problem> {
    match event.properties.filled("SourceAccessConfigurations") {
        Some(configurations) => configurations.items(),
        None => Err(event
            .properties
            .problem("has no `SourceAccessConfigurations`", "say there how the function gains access to the source")),
    }
}

/// The URI of the only entry of the type `BASIC_AUTH`.
///
/// # Errors
/// There is not just one such entry, or there is one that is not of the `known` types.
pub(super) fn basic_secret(event: &Event<'_>, known: &[&str]) -> Result<Value, Problem> {
    const REQUIRED: &str = "BASIC_AUTH";
    let mut secret = None;
    for entry in entries(event)? {
        entry.map()?;
        let kind = entry.require("Type")?;
        if !known.contains(&kind.text()?) {
            let hint = format!("write one of `{}`", known.join("`, `"));
            return Err(kind.problem(&format!("is `{}`", kind.text()?), &hint));
        }
        if kind.text()? == REQUIRED {
            if secret.is_some() {
                return Err(entry.problem(&format!("is a second entry of type `{REQUIRED}`"), "remove one of them"));
            }
            secret = Some(uri(&entry)?);
        }
    }
    let configurations = event.properties.require("SourceAccessConfigurations")?;
    let missing = format!("has no entry of type `{REQUIRED}`");
    secret.ok_or_else(|| configurations.problem(&missing, "add one with the `URI` of a secret"))
}

/// The `URI` of an entry.
///
/// # Errors
/// It is missing, or not text.
pub(super) fn uri(entry: &Source<'_>) -> Result<Value, Problem> {
    let Some(uri) = entry.filled("URI") else { return Err(entry.problem("has no `URI`", "give it a `URI`")) };
    if !uri.is_intrinsic() {
        uri.text()?;
    }
    Ok(uri.value().clone())
}

/// A statement that allows to read a secret.
pub(super) fn read_secret(secret: Value) -> Value {
    allow(json!(["secretsmanager:GetSecretValue"]), secret)
}

/// A statement that allows `action` with the key of the event's secrets, if it names one.
pub(super) fn decrypt(event: &Event<'_>, action: Value) -> Result<Option<Value>, Problem> {
    let Some(key) = event.properties.filled("SecretsManagerKmsKeyId") else { return Ok(None) };
    let arn = format!("arn:${{AWS::Partition}}:kms:${{AWS::Region}}:${{AWS::AccountId}}:key/{}", key.text()?);
    Ok(Some(allow(action, substitution(arn))))
}

/// A statement that allows to connect to a virtual private cloud.
pub(super) fn connect_to_network() -> Value {
    let actions = json!([
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
    ]);
    allow(actions, "*".into())
}
