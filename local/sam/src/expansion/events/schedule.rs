//! Events of the type `Schedule`: a rule of EventBridge with a rate or a time.

use super::permission::permission;
use super::rule::{self, PRINCIPAL};
use super::target::Target;
use crate::expansion::event::{Event, Invocable};
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

const PROPERTIES: [Property; 9] = [
    required("Schedule", Kind::Text),
    optional("RuleName", Kind::Text),
    optional("Input", Kind::Text),
    optional("Enabled", Kind::Boolean),
    optional("State", Kind::Text),
    optional("Name", Kind::Text),
    optional("Description", Kind::Text),
    optional("DeadLetterConfig", Kind::Map),
    optional("RetryPolicy", Kind::Map),
];

/// Generates the rule and its permission.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    rule::add(event, scheduled_rule(event)?, Target::of_rule(event), expansion)?;
    expansion.add(permission(event, PRINCIPAL).set("SourceArn", attribute(&event.id, "Arn")))
}

/// The rule, without its target.
pub(in crate::expansion) fn scheduled_rule<I: Invocable>(event: &Event<'_, I>) -> Result<Generated, Problem> {
    let rule = rule::switch(event.generate("", "AWS::Events::Rule"), event)?;
    let expression = event.properties.get("Schedule");
    Ok(rule.set_from("ScheduleExpression", expression).copy(&event.properties, &["Name", "Description"]))
}
