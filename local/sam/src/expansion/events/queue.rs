//! Queues that events generate, and what may write to a queue.

use serde_json::{Value, json};

use crate::expansion::event::Event;
use crate::expansion::generated::Generated;
use crate::expansion::tags;
use crate::problem::Problem;

/// A queue.
pub(super) fn queue<I>(event: &Event<'_, I>, logical_id: &str) -> Result<Generated, Problem> {
    let tags = tags::propagated(&event.resource)?;
    Ok(event.generate_named(logical_id, "AWS::SQS::Queue").set_some("Tags", tags))
}

/// A policy that lets `principal` send messages of the resource `sender` to a queue with this URL and ARN.
pub(super) fn queue_policy<I>(
    event: &Event<'_, I>,
    logical_id: &str,
    (principal, sender): (Value, Value),
    (url, arn): (Value, Value),
) -> Generated {
    let statement = json!({
        "Action": "sqs:SendMessage",
        "Effect": "Allow",
        "Principal": principal,
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": sender}},
    });
    event
        .generate_named(logical_id, "AWS::SQS::QueuePolicy")
        .set("PolicyDocument", json!({"Version": "2012-10-17", "Statement": [statement]}))
        .set("Queues", json!([url]))
}
