//! Events of functions and state machines: what they generate, and what they add to other resources.

mod permission;
pub(super) mod dead_letter;
mod queue;
pub(super) mod target;

pub(super) mod schedule;
pub(super) mod schedule_v2;
pub(super) mod rule;
mod sns;
mod event_source_mapping;
mod access;
mod brokers;
mod schema_registry;
mod author;
mod bucket;
mod cognito;
mod logs;
mod iot;
mod alexa;

use super::event::Event;
use super::invoked::Invoked;
use super::resource::SamResource;
use super::role::Role;
use super::state::Expansion;
use super::{http_events, rest_events};
use crate::problem::Problem;

/// What events are sorted by: a permission for the path `$default` covers other paths, so it comes first.
fn order<'e>(event: &'e Event<'_>) -> &'e str {
    match event.properties.value()["Path"].as_str() {
        Some(path) => path,
        None if event.kind == "HttpApi" && event.properties.get("Method").is_none() => "$default",
        None => event.key,
    }
}

/// Expands the events of a function.
pub(super) fn expand<'s>(
    resource: &SamResource<'s>,
    invoked: &Invoked,
    role: &mut Role,
    expansion: &mut Expansion<'s>,
) -> Result<(), Problem> {
    let mut events = Event::all(resource, invoked)?;
    events.sort_by(|one, other| order(one).cmp(order(other)));
    events.iter().try_for_each(|event| expand_event(event, role, expansion))
}

fn expand_event<'s>(event: &Event<'s>, role: &mut Role, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    match event.kind {
        "AlexaSkill" => alexa::expand(event, expansion),
        "Api" => rest_events::expand(event, expansion),
        "CloudWatchEvent" | "EventBridgeRule" => rule::expand(event, expansion),
        "CloudWatchLogs" => logs::expand(event, expansion),
        "Cognito" => cognito::expand(event, expansion),
        "HttpApi" => http_events::expand(event, expansion),
        "IoTRule" => iot::expand(event, expansion),
        "S3" => bucket::expand(event, expansion),
        "SNS" => sns::expand(event, role, expansion),
        "Schedule" => schedule::expand(event, expansion),
        "ScheduleV2" => schedule_v2::expand(event, expansion),
        "WebSocket" => {
            Err(event.unknown_type("name the function in `Routes` of an `AWS::Serverless::WebSocketApi` instead"))
        }
        _ => event_source_mapping::expand(event, role, expansion),
    }
}
