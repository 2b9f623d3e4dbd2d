//! Events of the type `ScheduleV2`: a schedule of EventBridge Scheduler, which invokes with a role.

use serde_json::{Value, json};

use super::dead_letter;
use super::target::Target;
use crate::expansion::event::{Event, Invocable};
use crate::expansion::generated::Generated;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::expansion::{role, tags};
use crate::intrinsic::attribute;
use crate::problem::Problem;

const PROPERTIES: [Property; 16] = [
    optional("PermissionsBoundary", Kind::Text),
    required("ScheduleExpression", Kind::Text),
    optional("FlexibleTimeWindow", Kind::Map),
    optional("Name", Kind::Text),
    optional("State", Kind::Text),
    optional("Description", Kind::Text),
    optional("StartDate", Kind::Text),
    optional("EndDate", Kind::Text),
    optional("ScheduleExpressionTimezone", Kind::Text),
    optional("GroupName", Kind::Text),
    optional("KmsKeyArn", Kind::Text),
    optional("Input", Kind::Text),
    optional("RoleArn", Kind::Text),
    optional("DeadLetterConfig", Kind::Map),
    optional("RetryPolicy", Kind::Map),
    optional("OmitName", Kind::Literal),
];

/// The properties of a schedule that the author writes under the same name.
const COPIED: [&str; 7] = [
    "ScheduleExpression",
    "Description",
    "StartDate",
    "EndDate",
    "ScheduleExpressionTimezone",
    "GroupName",
    "KmsKeyArn",
];

/// Generates the schedule, and the role unless there is one.
pub(in crate::expansion) fn expand<I: Invocable>(
    event: &Event<'_, I>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let queue = dead_letter::expand(event, None, expansion)?;
    let mut target = Target::new(event).dead_letters(queue.as_ref());
    target = match event.properties.filled("RoleArn") {
        Some(role) => target.set_from("RoleArn", &role),
        None => {
            let role = role(event, queue.map(|queue| queue.arn))?;
            let arn = attribute(&role.logical_id, "Arn");
            expansion.add(role)?;
            target.set("RoleArn", arn)
        }
    };
    expansion.add(target.of_schedule(schedule(event)?))
}

/// The schedule, without its target.
fn schedule<I>(event: &Event<'_, I>) -> Result<Generated, Problem> {
    let schedule = event.generate("", "AWS::Scheduler::Schedule").copy(&event.properties, &COPIED);
    let schedule = schedule.set_from("State", event.properties.filled("State"));
    let schedule = match event.properties.filled("FlexibleTimeWindow") {
        None => schedule.set("FlexibleTimeWindow", json!({"Mode": "OFF"})),
        window => schedule.set_from("FlexibleTimeWindow", window),
    };
    let omits_name = event.properties.get("OmitName").is_some_and(|omitted| omitted.is_true());
    match event.properties.filled("Name") {
        Some(name) if omits_name => Err(name.problem("is set although `OmitName` is true", "remove one of them")),
        None if omits_name => Ok(schedule),
        None => Ok(schedule.set("Name", event.id.clone())),
        name => Ok(schedule.set_from("Name", name)),
    }
}

/// The role of the schedule.
fn role<I: Invocable>(event: &Event<'_, I>, queue: Option<Value>) -> Result<Generated, Problem> {
    let policy = |name: &str, action, arn| role::policy(format!("{}{name}", event.id), vec![role::allow(action, arn)]);
    let mut policies = vec![policy(I::POLICY, I::ACTION, event.invoked.arn())];
    policies.extend(queue.map(|arn| policy("SQSPolicy", "sqs:SendMessage", arn)));
    Ok(event
        .generate("Role", "AWS::IAM::Role")
        .set("AssumeRolePolicyDocument", role::assumed_by("scheduler.amazonaws.com"))
        .set("Policies", policies)
        .set_from("PermissionsBoundary", event.properties.filled("PermissionsBoundary"))
        .set_some("Tags", tags::propagated(&event.resource)?))
}
