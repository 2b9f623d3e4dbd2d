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

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::generated::Generated;
use super::invoked::Invoked;
use super::place::Place;
use super::resource::SamResource;
use super::role::Role;
use super::source::Source;
use super::{Expansion, http_events, rest_events};
use crate::problem::Problem;

static NO_PROPERTIES: LazyLock<Value> = LazyLock::new(|| Map::new().into());

/// What an event may invoke.
pub(super) trait Invocable {
    /// What the role of a schedule must be allowed to do with it.
    const ACTION: &'static str;
    /// The end of the name of the policy that allows it.
    const POLICY: &'static str;
    /// The end of the ids of targets.
    const TARGET: &'static str;

    /// Its ARN.
    fn arn(&self) -> Value;
}

impl Invocable for Invoked {
    const ACTION: &'static str = "lambda:InvokeFunction";
    const POLICY: &'static str = "LambdaPolicy";
    const TARGET: &'static str = "LambdaTarget";

    fn arn(&self) -> Value {
        self.arn()
    }
}

/// An entry of `Events`.
#[derive(Clone, Debug)]
pub(super) struct Event<'s, I = Invoked> {
    /// The function or the state machine.
    pub(super) resource: SamResource<'s>,
    /// What it invokes.
    pub(super) invoked: I,
    /// The event's own key.
    pub(super) key: &'s str,
    /// Its id and the event's key joined: ids of generated resources begin so.
    pub(super) id: String,
    /// Its `Type`.
    pub(super) kind: &'s str,
    /// The entry itself: `Events.X` of the resource.
    pub(super) place: Place,
    /// Its `Properties`, or an empty map.
    pub(super) properties: Source<'s>,
}

impl<'s, I: Clone> Event<'s, I> {
    /// The events of `resource` in the order of the template.
    ///
    /// # Errors
    /// An entry is not an event.
    pub(super) fn all(resource: &SamResource<'s>, invoked: &I) -> Result<Vec<Self>, Problem> {
        let Some(events) = resource.get("Events") else { return Ok(Vec::new()) };
        events.entries()?.into_iter().map(|(key, entry)| Self::new(resource, invoked, key, &entry)).collect()
    }

    fn new(resource: &SamResource<'s>, invoked: &I, key: &'s str, entry: &Source<'s>) -> Result<Self, Problem> {
        entry.map()?;
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(entry.problem("has a name that is not alphanumeric", "name the event with letters and digits"));
        }
        let no_properties = || Source::new(&NO_PROPERTIES, entry.place().clone());
        Ok(Self {
            resource: resource.clone(),
            invoked: invoked.clone(),
            key,
            id: format!("{}{key}", resource.logical_id),
            kind: entry.require("Type")?.text()?,
            place: entry.place().clone(),
            properties: entry.get("Properties").unwrap_or_else(no_properties),
        })
    }
}

impl<I> Event<'_, I> {
    /// A resource that the event generates: its id ends in `suffix`.
    pub(super) fn generate(&self, suffix: &str, kind: &'static str) -> Generated {
        self.generate_named(format!("{}{suffix}", self.id), kind)
    }

    /// A resource that the event generates under an id of its own.
    pub(super) fn generate_named(&self, logical_id: impl Into<String>, kind: &'static str) -> Generated {
        Generated::new(logical_id, kind, &self.resource, &self.place).attributes(self.resource.shared_attributes())
    }

    /// The problem that the resource has no events of this type.
    pub(super) fn unknown_type(&self, hint: &str) -> Problem {
        let kind = self.resource.kind;
        let message = format!("`Type` of {} is `{}`, which is not a type of event of `{kind}`", self.place, self.kind);
        Problem::new(message, hint)
    }
}

impl Event<'_> {
    /// What events are sorted by: a permission for the path `$default` covers other paths, so it comes first.
    fn order(&self) -> &str {
        match self.properties.value()["Path"].as_str() {
            Some(path) => path,
            None if self.kind == "HttpApi" && self.properties.get("Method").is_none() => "$default",
            None => self.key,
        }
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
    events.sort_by(|one, other| one.order().cmp(other.order()));
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
