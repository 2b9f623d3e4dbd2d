//! An entry of `Events`, and what it invokes.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::generated::Generated;
use super::invoked::Invoked;
use super::place::Place;
use super::resource::SamResource;
use super::source::Source;
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
