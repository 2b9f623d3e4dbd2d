//! A SAM resource before its expansion.

use serde_json::{Map, Value};

use super::place::Place;
use super::source::Source;
use crate::problem::Problem;

/// The names of all SAM types begin so.
pub(super) const SAM: &str = "AWS::Serverless::";

/// One entry of `Resources` whose type is SAM's.
#[derive(Clone, Debug)]
pub(crate) struct SamResource<'s> {
    pub(crate) logical_id: &'s str,
    pub(crate) kind: &'s str,
    /// With `Globals`.
    pub(crate) properties: Source<'s>,
    body: &'s Map<String, Value>,
}

impl<'s> SamResource<'s> {
    /// The resource `logical_id`, whose `Properties` are a map by now.
    pub(super) fn new(logical_id: &'s str, body: &'s Value) -> Result<Self, Problem> {
        let (Some(body), Some(kind), Some(properties)) =
            (body.as_object(), body["Type"].as_str(), body.get("Properties"))
        else {
            return Err(Problem::new(format!("`{logical_id}` is not a resource"), "give it a `Type` and `Properties`"));
        };
        if !properties.is_object() {
            return Err(Source::new(properties, Place::resource(logical_id).below("Properties")).must_be("a map"));
        }
        if let Some(condition) = body.get("Condition").filter(|condition| !condition.is_null()) {
            Source::new(condition, Place::resource(logical_id).below("Condition")).text()?;
        }
        let properties = Source::new(properties, Place::resource(logical_id));
        Ok(Self { logical_id, kind, properties, body })
    }

    /// The resource, which is written at `place` within another one.
    pub(super) fn written_at(self, place: &Place) -> Self {
        Self { properties: Source::new(self.properties.value(), place.clone()), ..self }
    }

    /// Whether it is written within another resource.
    pub(super) fn is_embedded(&self) -> bool {
        !self.properties.place().path.is_empty()
    }

    /// `Condition`, `DeletionPolicy` and `UpdateReplacePolicy`, which every generated resource takes over.
    pub(crate) fn shared_attributes(&self) -> Map<String, Value> {
        self.take(&["Condition", "DeletionPolicy", "UpdateReplacePolicy"])
    }

    /// These with `DependsOn`.
    pub(crate) fn dependent_attributes(&self) -> Map<String, Value> {
        self.take(&["DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy"])
    }

    /// The shared ones with `UpdatePolicy` and `Metadata`, which only some take over.
    pub(crate) fn all_attributes(&self) -> Map<String, Value> {
        self.take(&["Condition", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "Metadata"])
    }

    /// These with `DependsOn`, which the main resource takes over.
    pub(crate) fn main_attributes(&self) -> Map<String, Value> {
        let mut attributes = self.take(&["DependsOn"]);
        attributes.extend(self.all_attributes());
        attributes
    }

    /// An attribute of the resource, which is not a property.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'s Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// The name of its condition.
    pub(crate) fn condition(&self) -> Option<&'s str> {
        self.attribute("Condition")?.as_str()
    }

    /// A property.
    pub(crate) fn get(&self, name: &str) -> Option<Source<'s>> {
        self.properties.get(name)
    }

    /// A property, unless it is empty: see [`Source::filled`].
    pub(crate) fn filled(&self, name: &str) -> Option<Source<'s>> {
        self.properties.filled(name)
    }

    /// A problem with the resource.
    pub(crate) fn problem(&self, message: &str, hint: &str) -> Problem {
        self.properties.problem(message, hint)
    }

    fn take(&self, names: &[&str]) -> Map<String, Value> {
        let attributes = names.iter().filter_map(|name| Some(((*name).to_owned(), self.attribute(name)?.clone())));
        attributes.collect()
    }
}
