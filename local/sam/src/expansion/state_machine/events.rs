//! Events of state machines.

mod api;

use serde_json::Value;

use crate::expansion::event::{Event, Invocable};
use crate::expansion::events::rule::{self, PRINCIPAL};
use crate::expansion::events::target::Target;
use crate::expansion::events::{schedule, schedule_v2};
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::role::{allow, assumed_by, policy};
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::expansion::tags;
use crate::intrinsic::{attribute, reference};
use crate::problem::Problem;

const SCHEDULE: [Property; 10] = [
    required("Schedule", Kind::Text),
    optional("Input", Kind::Text),
    optional("Enabled", Kind::Boolean),
    optional("State", Kind::Text),
    optional("Name", Kind::Text),
    optional("Description", Kind::Text),
    optional("DeadLetterConfig", Kind::Map),
    optional("RetryPolicy", Kind::Map),
    optional("Target", Kind::Map),
    optional("RoleArn", Kind::Text),
];

const RULE: [Property; 10] = [
    optional("EventBusName", Kind::Text),
    optional("RuleName", Kind::Text),
    optional("Pattern", Kind::Map),
    optional("Input", Kind::Text),
    optional("InputPath", Kind::Text),
    optional("DeadLetterConfig", Kind::Map),
    optional("RetryPolicy", Kind::Map),
    optional("State", Kind::Text),
    optional("Target", Kind::Map),
    optional("InputTransformer", Kind::Map),
];

/// The state machine that events start, or its alias.
#[derive(Clone, Debug)]
struct Started {
    logical_id: String,
}

impl Invocable for Started {
    const ACTION: &'static str = "states:StartExecution";
    const POLICY: &'static str = "StartExecutionPolicy";
    const TARGET: &'static str = "StepFunctionsTarget";

    fn arn(&self) -> Value {
        reference(&self.logical_id)
    }
}

/// Expands the events of a state machine with this alias.
pub(super) fn expand<'s>(
    resource: &SamResource<'s>,
    alias: Option<String>,
    expansion: &mut Expansion<'s>,
) -> Result<(), Problem> {
    let starts_alias = resource.get("UseAliasAsEventTarget").is_some_and(|starts_alias| starts_alias.is_true());
    let started = alias.filter(|_| starts_alias).unwrap_or_else(|| resource.logical_id.to_owned());
    let events = Event::all(resource, &Started { logical_id: started })?;
    events.iter().try_for_each(|event| expand_event(event, expansion))
}

fn expand_event<'s>(event: &Event<'s, Started>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    match event.kind {
        "Api" => api::expand(event, expansion),
        "Schedule" => expand_schedule(event, expansion),
        "CloudWatchEvent" | "EventBridgeRule" => {
            schema::check(&event.properties, &[&RULE], expansion)?;
            add_with_role(event, rule::matching_rule(event)?, expansion)
        }
        "ScheduleV2" => schedule_v2::expand(event, expansion),
        _ => Err(event.unknown_type("write `Api`, `EventBridgeRule`, `Schedule` or `ScheduleV2`")),
    }
}

fn expand_schedule(event: &Event<'_, Started>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&SCHEDULE], expansion)?;
    let rule = schedule::scheduled_rule(event)?;
    match event.properties.get("RoleArn") {
        Some(role) => {
            role.text()?;
            rule::add(event, rule, Target::of_rule(event).set_from("RoleArn", &role), expansion)
        }
        None => add_with_role(event, rule, expansion),
    }
}

/// Adds a rule, and the role that lets it start the state machine.
fn add_with_role(event: &Event<'_, Started>, rule: Generated, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let role = starting_role(event, PRINCIPAL)?;
    let target = Target::of_rule(event).set("RoleArn", attribute(&role.logical_id, "Arn"));
    expansion.add(role)?;
    rule::add(event, rule, target, expansion)
}

/// The role that lets a service start the state machine.
fn starting_role(event: &Event<'_, Started>, service: &str) -> Result<Generated, Problem> {
    let role = event.generate("Role", "AWS::IAM::Role");
    let name = format!("{}{}", role.logical_id, Started::POLICY);
    Ok(role
        .set("AssumeRolePolicyDocument", assumed_by(service))
        .set("Policies", vec![policy(name, vec![allow(Started::ACTION, event.invoked.arn())])])
        .set_from("PermissionsBoundary", event.resource.properties.filled("PermissionsBoundary"))
        .set_some("Tags", tags::propagated(&event.resource)?))
}
