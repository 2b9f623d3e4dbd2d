//! `AWS::Serverless::SimpleTable`: a table with one key.

use serde_json::{Value, json};

use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional};
use super::state::Expansion;
use super::tags;
use crate::problem::Problem;

const PROPERTIES: [Property; 6] = [
    optional("PointInTimeRecoverySpecification", Kind::Any),
    optional("PrimaryKey", Kind::Map),
    optional("ProvisionedThroughput", Kind::Map),
    optional("TableName", Kind::Any),
    optional("Tags", Kind::Map),
    optional("SSESpecification", Kind::Map),
];

/// Generates an `AWS::DynamoDB::Table`.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let (mut name, mut kind) = (Value::from("id"), "S");
    if let Some(key) = resource.get("PrimaryKey") {
        name = key.require("Name")?.value().clone();
        if let Some(declared) = key.get("Type") {
            kind = match declared.text()? {
                "String" => "S",
                "Number" => "N",
                "Binary" => "B",
                other => return Err(declared.problem(&format!("is `{other}`"), "write `String`, `Number` or `Binary`")),
            };
        }
    }
    let place = resource.properties.place();
    let mut table = Generated::new(resource.logical_id, "AWS::DynamoDB::Table", resource, place)
        .attributes(resource.main_attributes())
        .set("AttributeDefinitions", json!([{"AttributeName": name, "AttributeType": kind}]))
        .set("KeySchema", json!([{"AttributeName": name, "KeyType": "HASH"}]))
        .copy(&resource.properties, &["TableName", "PointInTimeRecoverySpecification", "SSESpecification"])
        .set_some("Tags", tags::list(&[], resource.get("Tags").as_ref())?);
    table = match resource.get("ProvisionedThroughput") {
        Some(throughput) => table.set_from("ProvisionedThroughput", Some(throughput)),
        None => table.set("BillingMode", "PAY_PER_REQUEST"),
    };
    expansion.add(table)
}
