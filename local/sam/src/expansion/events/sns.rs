//! Events of the type `SNS`: a subscription of the function, or of a queue that the function reads.

use serde_json::Value;

use super::event_source_mapping;
use super::permission::permission;
use super::queue::{queue, queue_policy};
use crate::expansion::event::Event;
use crate::expansion::generated::Generated;
use crate::expansion::role::Role;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, attribute_of, reference, referenced};
use crate::problem::Problem;

const PROPERTIES: [Property; 6] = [
    required("Topic", Kind::Text),
    optional("Region", Kind::Text),
    optional("FilterPolicy", Kind::Any),
    optional("FilterPolicyScope", Kind::Any),
    optional("SqsSubscription", Kind::Any),
    optional("RedrivePolicy", Kind::Map),
];

/// How many messages the function takes from a queue at once.
const BATCH_SIZE: u64 = 10;

/// Generates the subscription, and what lets its messages reach the function.
pub(super) fn expand(event: &Event<'_>, role: &mut Role, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let topic = event.properties.require("Topic")?;
    let Some(subscribed) = event.properties.filled("SqsSubscription") else {
        expansion.add(permission(event, "sns.amazonaws.com").set_from("SourceArn", Some(topic)))?;
        return expansion.add(subscription(event, "lambda", event.invoked.arn()));
    };
    let queue =
        if subscribed.is_true() { generate(event, &topic, expansion)? } else { Queue::named(event, &subscribed)? };
    let sender = (Value::from("*"), topic.value().clone());
    let policy = queue_policy(event, &queue.policy_id, sender, (queue.url, queue.arn.clone()));
    let mapping = event
        .generate("EventSourceMapping", "AWS::Lambda::EventSourceMapping")
        .set("FunctionName", event.invoked.name())
        .set("EventSourceArn", queue.arn.clone())
        .set("BatchSize", queue.batch_size)
        .set("Enabled", true);
    role.add_managed_policy(event_source_mapping::managed_policy("AWSLambdaSQSQueueExecutionRole"));
    expansion.add(mapping)?;
    expansion.add(policy)?;
    expansion.add(subscription(event, "sqs", queue.arn))
}

fn subscription(event: &Event<'_>, protocol: &str, endpoint: Value) -> Generated {
    event
        .generate("", "AWS::SNS::Subscription")
        .set("Protocol", protocol)
        .set("Endpoint", endpoint)
        .set_from("TopicArn", event.properties.get("Topic"))
        .copy(&event.properties, &["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"])
}

/// The queue between the topic and the function.
struct Queue {
    arn: Value,
    url: Value,
    policy_id: String,
    batch_size: Value,
}

impl Queue {
    /// The queue that the author names.
    fn named(event: &Event<'_>, source: &Source<'_>) -> Result<Self, Problem> {
        source.map()?;
        let (Some(arn), Some(url)) = (source.filled("QueueArn"), source.filled("QueueUrl")) else {
            return Err(source.problem("has no `QueueArn` or no `QueueUrl`", "give it both, or write `true`"));
        };
        let policy_id = source.get("QueuePolicyLogicalId").map(|id| id.text().map(str::to_owned)).transpose()?;
        Ok(Self {
            arn: arn.value().clone(),
            url: url.value().clone(),
            policy_id: policy_id.unwrap_or_else(|| format!("{}QueuePolicy", event.id)),
            batch_size: source.filled("BatchSize").map_or(BATCH_SIZE.into(), |size| size.value().clone()),
        })
    }
}

/// Generates a queue, which is first in, first out if the topic is so.
fn generate(event: &Event<'_>, topic: &Source<'_>, expansion: &mut Expansion<'_>) -> Result<Queue, Problem> {
    let logical_id = format!("{}Queue", event.id);
    let topic_id = referenced(topic.value()).or_else(|| Some(attribute_of(topic.value())?.0));
    let declared = topic_id.and_then(|id| expansion.source_resource(id));
    let is_fifo = declared.map_or(Value::Null, |topic| expansion.resolve(&topic["Properties"]["FifoTopic"]));
    let is_ordered = !is_fifo.is_null() && is_fifo != false;
    expansion.add(queue(event, &logical_id)?.set_some("FifoQueue", is_ordered.then_some(is_fifo)))?;
    Ok(Queue {
        arn: attribute(&logical_id, "Arn"),
        url: reference(&logical_id),
        policy_id: format!("{}QueuePolicy", event.id),
        batch_size: BATCH_SIZE.into(),
    })
}
