//! DynamoDB tables, as bodies of `CreateTable` requests.

use serde_json::{Map, Value, json};

use super::stack::Stack;
use crate::evaluation::Node;
use crate::model::Table;
use crate::problem::Problem;
use crate::resource_types::{GLOBAL_TABLE, TABLE};

/// The tables in the order of their logical ids.
pub(super) fn read(stack: Stack<'_>) -> Result<Vec<Table>, Problem> {
    let mut tables = Vec::new();
    for (logical_id, resource) in stack.of_types(&[TABLE, GLOBAL_TABLE]) {
        let properties = stack.properties(logical_id, resource)?;
        let name = stack.reference(logical_id)?;
        let mut create = match resource.kind.as_str() {
            GLOBAL_TABLE => on_demand(full(&properties)?),
            _ => full(&properties)?,
        };
        create.insert("TableName".to_owned(), name.as_str().into());
        let time_to_live_attribute = time_to_live(&properties)?;
        tables.push(Table { logical_id: stack.name(logical_id), name, create: create.into(), time_to_live_attribute });
    }
    Ok(tables)
}

/// A CloudFormation table. What `CreateTable` does not take, or nothing here acts on, stays out.
fn full(properties: &Node<'_>) -> Result<Map<String, Value>, Problem> {
    let mut create = Map::new();
    for key in ["AttributeDefinitions", "KeySchema"] {
        create.insert(key.to_owned(), list(&properties.require(key)?)?);
    }
    if let Some(mode) = properties.text_at("BillingMode")? {
        create.insert("BillingMode".to_owned(), mode.into());
    }
    if let Some(throughput) = properties.get("ProvisionedThroughput")? {
        create.insert("ProvisionedThroughput".to_owned(), self::throughput(&throughput)?);
    }
    for key in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let Some(indexes) = properties.get(key)? else { continue };
        let indexes: Vec<Value> = indexes.items()?.iter().map(index).collect::<Result<_, _>>()?;
        if !indexes.is_empty() {
            create.insert(key.to_owned(), indexes.into());
        }
    }
    if let Some(stream) = properties.get("StreamSpecification")? {
        let view = stream.require("StreamViewType")?.text()?;
        // CloudFormation leaves out the switch that the API wants.
        create.insert("StreamSpecification".to_owned(), json!({"StreamEnabled": true, "StreamViewType": view}));
    }
    Ok(create)
}

fn index(index: &Node<'_>) -> Result<Value, Problem> {
    let mut body = Map::new();
    body.insert("IndexName".to_owned(), index.require("IndexName")?.text()?.into());
    body.insert("KeySchema".to_owned(), list(&index.require("KeySchema")?)?);
    body.insert("Projection".to_owned(), index.require("Projection")?.json()?);
    if let Some(throughput) = index.get("ProvisionedThroughput")? {
        body.insert("ProvisionedThroughput".to_owned(), self::throughput(&throughput)?);
    }
    Ok(body.into())
}

fn list(node: &Node<'_>) -> Result<Value, Problem> {
    node.items()?.iter().map(Node::json).collect()
}

/// Capacity units are numbers in the API, whatever a parameter makes of them.
fn throughput(node: &Node<'_>) -> Result<Value, Problem> {
    let units = |key| node.require(key)?.integer(1..=u64::MAX);
    Ok(json!({"ReadCapacityUnits": units("ReadCapacityUnits")?, "WriteCapacityUnits": units("WriteCapacityUnits")?}))
}

/// A global table writes its throughput in another form: here nothing depends on it.
fn on_demand(mut create: Map<String, Value>) -> Map<String, Value> {
    create.insert("BillingMode".to_owned(), "PAY_PER_REQUEST".into());
    create
}

fn time_to_live(properties: &Node<'_>) -> Result<Option<String>, Problem> {
    let Some(specification) = properties.get("TimeToLiveSpecification")? else {
        return Ok(None);
    };
    if !specification.require("Enabled")?.boolean()? {
        return Ok(None);
    }
    Ok(Some(specification.require("AttributeName")?.text()?))
}
