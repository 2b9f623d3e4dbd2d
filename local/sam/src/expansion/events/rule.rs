//! Events of the types `EventBridgeRule` and `CloudWatchEvent`: a rule of EventBridge with a pattern.

use super::dead_letter;
use super::permission::permission;
use super::target::Target;
use crate::expansion::event::{Event, Invocable};
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

/// The service that rules belong to.
pub(in crate::expansion) const PRINCIPAL: &str = "events.amazonaws.com";

const PROPERTIES: [Property; 11] = [
    optional("EventBusName", Kind::Text),
    optional("RuleName", Kind::Text),
    optional("Pattern", Kind::Map),
    optional("DeadLetterConfig", Kind::Map),
    optional("RetryPolicy", Kind::Map),
    optional("Input", Kind::Text),
    optional("InputPath", Kind::Text),
    optional("Target", Kind::Map),
    optional("Enabled", Kind::Boolean),
    optional("State", Kind::Text),
    optional("InputTransformer", Kind::Map),
];

/// Generates the rule and its permission.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    add(event, matching_rule(event)?, Target::of_rule(event), expansion)?;
    expansion.add(permission(event, PRINCIPAL).set("SourceArn", attribute(&event.id, "Arn")))
}

/// The rule, without its target.
pub(in crate::expansion) fn matching_rule<I: Invocable>(event: &Event<'_, I>) -> Result<Generated, Problem> {
    let rule = event.generate("", "AWS::Events::Rule").copy(&event.properties, &["EventBusName"]);
    let rule = rule.set_from("EventPattern", event.properties.get("Pattern"));
    switch(rule.set_from("Name", event.properties.get("RuleName")), event)
}

/// Sets the state of a rule.
pub(super) fn switch<I>(rule: Generated, event: &Event<'_, I>) -> Result<Generated, Problem> {
    match (event.properties.filled("State"), event.properties.get("Enabled")) {
        (Some(state), Some(_)) => {
            Err(state.problem("is written together with `Enabled`", "write one of `State` and `Enabled`"))
        }
        (state, None) => Ok(rule.set_from("State", state)),
        (None, Some(enabled)) => {
            let state = if enabled.value() == false { "DISABLED" } else { "ENABLED" };
            Ok(rule.written_at("State", enabled.place()).set("State", state))
        }
    }
}

/// Adds a rule with its target and the queue for dead letters.
pub(in crate::expansion) fn add<I: Invocable>(
    event: &Event<'_, I>,
    rule: Generated,
    target: Target,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    let queue = dead_letter::expand(event, Some(attribute(&event.id, "Arn")), expansion)?;
    expansion.add(target.dead_letters(queue.as_ref()).of_targets(rule))
}
