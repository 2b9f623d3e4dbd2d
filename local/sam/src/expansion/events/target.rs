//! What a rule or a schedule invokes, and how.

use serde_json::{Map, Value, json};

use super::dead_letter::DeadLetterQueue;
use crate::expansion::event::{Event, Invocable};
use crate::expansion::generated::Generated;
use crate::expansion::place::Place;
use crate::expansion::source::Source;

/// The longest id that EventBridge allows.
const LONGEST_ID: usize = 64;

/// A target under construction.
#[derive(Clone, Debug)]
pub(in crate::expansion) struct Target {
    properties: Map<String, Value>,
    /// The names of properties that the author wrote, and where.
    written: Vec<(String, Place)>,
}

impl Target {
    /// What `event` invokes.
    pub(super) fn new<I: Invocable>(event: &Event<'_, I>) -> Self {
        let properties = Map::from_iter([("Arn".to_owned(), event.invoked.arn())]);
        Self { properties, written: Vec::new() }.copy(&event.properties, &["Input", "RetryPolicy"])
    }

    /// The same as the target of a rule, which has an id.
    pub(in crate::expansion) fn of_rule<I: Invocable>(event: &Event<'_, I>) -> Self {
        let target = Self::new(event).copy(&event.properties, &["InputPath", "InputTransformer"]);
        match event.properties.get("Target").and_then(|own| own.get("Id")) {
            Some(id) => target.set_from("Id", &id),
            None => target.set("Id", valid_id(&event.id, I::TARGET)),
        }
    }

    /// Sets a property.
    pub(in crate::expansion) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a property to what the author wrote.
    pub(in crate::expansion) fn set_from(mut self, name: &str, source: &Source<'_>) -> Self {
        self.written.push((name.to_owned(), source.place().clone()));
        self.set(name, source.value().clone())
    }

    /// Sends what cannot be delivered to `queue`.
    pub(super) fn dead_letters(mut self, queue: Option<&DeadLetterQueue<'_>>) -> Self {
        let Some(queue) = queue else { return self };
        self.written.push(("DeadLetterConfig".to_owned(), queue.source.place().clone()));
        self.set("DeadLetterConfig", json!({"Arn": queue.arn}))
    }

    /// Makes this the only target of a rule.
    pub(super) fn of_targets(self, rule: Generated) -> Generated {
        let rule = self.name_places(rule, "Targets[0]");
        rule.set("Targets", json!([self.properties]))
    }

    /// Makes this the target of a schedule.
    pub(super) fn of_schedule(self, schedule: Generated) -> Generated {
        let schedule = self.name_places(schedule, "Target");
        schedule.set("Target", self.properties)
    }

    fn copy(self, source: &Source<'_>, names: &[&str]) -> Self {
        names.iter().fold(self, |target, name| match source.get(name) {
            Some(value) => target.set_from(name, &value),
            None => target,
        })
    }

    fn name_places(&self, resource: Generated, path: &str) -> Generated {
        let written = self.written.iter();
        written.fold(resource, |resource, (name, place)| resource.written_at(&format!("{path}.{name}"), place))
    }
}

/// `id` and `suffix` joined, where `id` is cut so that the suffix fits.
fn valid_id(id: &str, suffix: &str) -> String {
    let kept = LONGEST_ID.saturating_sub(suffix.len());
    id.chars().take(kept).chain(suffix.chars()).collect()
}
