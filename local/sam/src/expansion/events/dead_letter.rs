//! `DeadLetterConfig` of events: the queue for what cannot be delivered.

use serde_json::{Value, json};

use super::queue::{queue, queue_policy};
use crate::expansion::event::Event;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, reference};
use crate::problem::Problem;

/// The queue of an event.
pub(in crate::expansion) struct DeadLetterQueue<'s> {
    pub(in crate::expansion) arn: Value,
    /// The `DeadLetterConfig`.
    pub(in crate::expansion) source: Source<'s>,
}

/// Finds or generates the queue of `event`, if it has one. A generated one takes messages of `rule`, if the sender is a
/// rule; schedules send with a role.
pub(super) fn expand<'s, I>(
    event: &Event<'s, I>,
    rule: Option<Value>,
    expansion: &mut Expansion<'_>,
) -> Result<Option<DeadLetterQueue<'s>>, Problem> {
    let Some(source) = event.properties.get("DeadLetterConfig") else { return Ok(None) };
    let arn = match (source.get("Arn"), source.get("Type")) {
        (Some(_), Some(_)) => return Err(source.problem("has both an `Arn` and a `Type`", "remove one of them")),
        (None, None) => {
            return Err(source.problem("has no `Arn` and no `Type`", "give it the `Arn` of a queue, or `Type: SQS`"));
        }
        (Some(arn), None) => arn.value().clone(),
        (None, Some(kind)) if kind.value() == "SQS" => {
            let logical_id = source.get("QueueLogicalId").map(|id| id.text().map(str::to_owned)).transpose()?;
            let logical_id = logical_id.unwrap_or_else(|| format!("{}Queue", event.id));
            generate(event, &logical_id, rule, expansion)?
        }
        (None, Some(kind)) => {
            return Err(kind.problem(&format!("is `{}`", kind.value()), "write `SQS`, which is the only type"));
        }
    };
    Ok(Some(DeadLetterQueue { arn, source }))
}

/// Generates a queue, and gives its ARN.
fn generate<I>(
    event: &Event<'_, I>,
    logical_id: &str,
    rule: Option<Value>,
    expansion: &mut Expansion<'_>,
) -> Result<Value, Problem> {
    let arn = attribute(logical_id, "Arn");
    expansion.add(queue(event, logical_id)?)?;
    if let Some(rule) = rule {
        let sender = (json!({"Service": "events.amazonaws.com"}), rule);
        let policy_id = format!("{}QueuePolicy", event.id);
        expansion.add(queue_policy(event, &policy_id, sender, (reference(logical_id), arn.clone())))?;
    }
    Ok(arn)
}
