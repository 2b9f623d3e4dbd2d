//! Events whose source the function reads, such as queues and streams: event source mappings.

mod destination;

use serde_json::{Map, Value, json};

use super::brokers;
use crate::expansion::event::Event;
use crate::expansion::generated::Generated;
use crate::expansion::role::Role;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::problem::Problem;

/// The properties of all types.
const PROPERTIES: [Property; 25] = [
    optional("BatchSize", Kind::Integer),
    optional("StartingPosition", Kind::Any),
    optional("StartingPositionTimestamp", Kind::Any),
    optional("Enabled", Kind::Boolean),
    optional("MaximumBatchingWindowInSeconds", Kind::Integer),
    optional("MaximumRetryAttempts", Kind::Integer),
    optional("BisectBatchOnFunctionError", Kind::Boolean),
    optional("MaximumRecordAgeInSeconds", Kind::Integer),
    optional("DestinationConfig", Kind::Map),
    optional("ParallelizationFactor", Kind::Integer),
    optional("Topics", Kind::List),
    optional("Queues", Kind::List),
    optional("SourceAccessConfigurations", Kind::List),
    optional("SecretsManagerKmsKeyId", Kind::Text),
    optional("TumblingWindowInSeconds", Kind::Integer),
    optional("FunctionResponseTypes", Kind::List),
    optional("KafkaBootstrapServers", Kind::List),
    optional("FilterCriteria", Kind::Map),
    optional("KmsKeyArn", Kind::Any),
    optional("ConsumerGroupId", Kind::Text),
    optional("ScalingConfig", Kind::Map),
    optional("ProvisionedPollerConfig", Kind::Map),
    optional("SchemaRegistryConfig", Kind::Map),
    optional("MetricsConfig", Kind::Map),
    optional("LoggingConfig", Kind::Map),
];

const QUEUE: [Property; 1] = [required("Queue", Kind::Any)];
const STREAM: [Property; 2] = [required("Stream", Kind::Any), required("StartingPosition", Kind::Any)];
const BROKER: [Property; 2] = [required("Broker", Kind::Any), optional("DynamicPolicyName", Kind::Literal)];
const CLUSTER: [Property; 4] = [
    required("Cluster", Kind::Any),
    required("DatabaseName", Kind::Any),
    optional("CollectionName", Kind::Any),
    optional("FullDocument", Kind::Any),
];

/// The properties of a mapping that the author writes under the same name.
const COPIED: [&str; 20] = [
    "StartingPosition",
    "StartingPositionTimestamp",
    "BatchSize",
    "Enabled",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "TumblingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "KmsKeyArn",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "MetricsConfig",
    "LoggingConfig",
];

/// Generates the mapping, and lets the function's role read the source.
pub(super) fn expand(event: &Event<'_>, role: &mut Role, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let (own, source): (&[Property], &str) = match event.kind {
        "SQS" => (&QUEUE, "Queue"),
        "Kinesis" | "DynamoDB" | "MSK" => (&STREAM, "Stream"),
        "MQ" => (&BROKER, "Broker"),
        "DocumentDB" => (&CLUSTER, "Cluster"),
        "SelfManagedKafka" => (&[], ""),
        _ => return Err(event.unknown_type("write a type that SAM knows, such as `Schedule` or `SQS`")),
    };
    schema::check(&event.properties, &[own, &PROPERTIES], expansion)?;
    check_filters(event)?;
    let mapping = event
        .generate("", "AWS::Lambda::EventSourceMapping")
        .set("FunctionName", event.invoked.name())
        .set_from("EventSourceArn", event.properties.get(source))
        .copy(&event.properties, &COPIED);
    let mapping = document_source(kafka_source(mapping, event)?, event);
    let destination = destination::find(event)?;
    let mapping = match &destination {
        Some(destination) => mapping
            .written_at("DestinationConfig", destination.source.place())
            .set("DestinationConfig", destination.value.clone()),
        None => mapping,
    };
    allow_source(event, role, expansion)?;
    if let Some(policy) = destination.and_then(|destination| destination.policy) {
        role.add(policy);
    }
    expansion.add(mapping)
}

/// The ARN of a policy of AWS for functions that read.
pub(super) fn managed_policy(name: &str) -> Value {
    format!("arn:aws:iam::aws:policy/service-role/{name}").into()
}

/// Lets the function's role read the source.
fn allow_source(event: &Event<'_>, role: &mut Role, expansion: &Expansion<'_>) -> Result<(), Problem> {
    let name = match event.kind {
        "SQS" => Some("AWSLambdaSQSQueueExecutionRole"),
        "Kinesis" => Some("AWSLambdaKinesisExecutionRole"),
        "DynamoDB" => Some("AWSLambdaDynamoDBExecutionRole"),
        "MSK" => Some("AWSLambdaMSKExecutionRole"),
        _ => None,
    };
    if let Some(name) = name {
        role.add_managed_policy(managed_policy(name));
    }
    let policy = match event.kind {
        "MSK" => brokers::managed_kafka(event, expansion)?,
        "MQ" => Some(brokers::queues(event)?),
        "SelfManagedKafka" => brokers::kafka(event, expansion)?,
        "DocumentDB" => Some(brokers::documents(event)?),
        _ => None,
    };
    if let Some(policy) = policy {
        role.add(policy);
    }
    Ok(())
}

fn check_filters(event: &Event<'_>) -> Result<(), Problem> {
    let Some(criteria) = event.properties.filled("FilterCriteria").filter(|criteria| !criteria.is_intrinsic()) else {
        return Ok(());
    };
    match criteria.map()?.keys().find(|key| *key != "Filters") {
        Some(other) => Err(criteria.problem(&format!("has `{other}`"), "write nothing but a list `Filters`")),
        None => Ok(()),
    }
}

/// What mappings have for Kafka alone: servers, consumer groups and schemas.
fn kafka_source(mapping: Generated, event: &Event<'_>) -> Result<Generated, Problem> {
    let name = match event.kind {
        "MSK" => Some("AmazonManagedKafkaEventSourceConfig"),
        "SelfManagedKafka" => Some("SelfManagedKafkaEventSourceConfig"),
        _ => None,
    };
    let group = event.properties.filled("ConsumerGroupId");
    if let (Some(group), None) = (&group, name) {
        let message = format!("is not a property of events of type `{}`", event.kind);
        return Err(group.problem(&message, "remove it, or read from `MSK` or `SelfManagedKafka`"));
    }
    let mut mapping = mapping;
    if let Some(servers) = event.properties.filled("KafkaBootstrapServers") {
        mapping = mapping
            .written_at("SelfManagedEventSource.Endpoints.KafkaBootstrapServers", servers.place())
            .set("SelfManagedEventSource", json!({"Endpoints": {"KafkaBootstrapServers": servers.value()}}));
    }
    let Some(name) = name else { return Ok(mapping) };
    let registry = event.properties.filled("SchemaRegistryConfig");
    let mut config = Map::new();
    for (key, source) in [("ConsumerGroupId", group), ("SchemaRegistryConfig", registry)] {
        if let Some(source) = source {
            mapping = mapping.written_at(&format!("{name}.{key}"), source.place());
            config.insert(key.to_owned(), source.value().clone());
        }
    }
    Ok(if config.is_empty() { mapping } else { mapping.set(name, config) })
}

/// What mappings have for `DocumentDB` alone.
fn document_source(mapping: Generated, event: &Event<'_>) -> Generated {
    if event.kind != "DocumentDB" {
        return mapping;
    }
    let mut mapping = mapping;
    let mut config = Map::new();
    for key in ["DatabaseName", "CollectionName", "FullDocument"] {
        if let Some(source) = event.properties.filled(key) {
            mapping = mapping.written_at(&format!("DocumentDBEventSourceConfig.{key}"), source.place());
            config.insert(key.to_owned(), source.value().clone());
        }
    }
    mapping.set("DocumentDBEventSourceConfig", config)
}
