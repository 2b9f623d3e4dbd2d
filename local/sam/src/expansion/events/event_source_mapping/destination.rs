//! `DestinationConfig` of event source mappings: where records go that the function fails on.

use serde_json::{Value, json};

use crate::expansion::event::Event;
use crate::expansion::role::{allow, policy};
use crate::expansion::source::Source;
use crate::problem::Problem;

/// Where the records go.
pub(super) struct Destination<'s> {
    /// The `DestinationConfig`.
    pub(super) source: Source<'s>,
    /// The same without `Type`, which only SAM knows.
    pub(super) value: Value,
    /// What the function's role needs, if SAM knows the type.
    pub(super) policy: Option<Value>,
}

/// The destination of an event, if it has one.
pub(super) fn find<'s>(event: &Event<'s>) -> Result<Option<Destination<'s>>, Problem> {
    let Some(source) = event.properties.filled("DestinationConfig") else { return Ok(None) };
    let on_failure = source.require("OnFailure")?;
    on_failure.map()?;
    let mut value = source.value().clone();
    let Some(kind) = on_failure.filled("Type") else {
        return Ok(Some(Destination { source, value, policy: None }));
    };
    if let Some(Value::Object(on_failure)) = value.get_mut("OnFailure") {
        on_failure.shift_remove("Type");
    }
    let arn = || on_failure.get("Destination").map_or(Value::Null, |arn| arn.value().clone());
    let named = |suffix: &str, statements| Some(policy(format!("{}{suffix}", event.id), statements));
    let policy = match kind.value().as_str() {
        Some("SQS") => named("SQSPolicy", vec![allow("sqs:SendMessage", arn())]),
        Some("SNS") => named("SNSPolicy", vec![allow("sns:publish", arn())]),
        Some("S3") => {
            let objects = json!({"Fn::Join": ["/", [arn(), "*"]]});
            named("S3Policy", vec![allow("s3:PutObject", objects), allow("s3:ListBucket", arn())])
        }
        Some("Kafka") => None,
        _ => {
            let message = format!("is `{}`", kind.value());
            return Err(kind.problem(&message, "write `SQS`, `SNS`, `S3` or `Kafka`"));
        }
    };
    Ok(Some(Destination { source, value, policy }))
}
