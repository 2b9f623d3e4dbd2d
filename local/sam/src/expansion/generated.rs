//! A CloudFormation resource that the expansion generates.

use serde_json::{Map, Value};

use super::place::{Origin, Place};
use super::resource::SamResource;
use super::source::Source;

/// The resource under construction: its attributes, its properties and where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) logical_id: String,
    pub(crate) kind: &'static str,
    attributes: Map<String, Value>,
    properties: Map<String, Value>,
    pub(super) origin: Origin,
}

impl Generated {
    /// A resource without properties, generated from what is written at `place` of `resource`.
    pub(crate) fn new(
        logical_id: impl Into<String>,
        kind: &'static str,
        resource: &SamResource<'_>,
        place: &Place,
    ) -> Self {
        let origin = Origin { place: place.clone(), kind: resource.kind.to_owned(), ..Origin::default() };
        let (attributes, properties) = (Map::new(), Map::new());
        Self { logical_id: logical_id.into(), kind, attributes, properties, origin }
    }

    /// Sets a property.
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a property if there is a value for it.
    pub(crate) fn set_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Sets a property to what the author wrote, if anything.
    pub(crate) fn set_from(self, name: &str, source: Option<Source<'_>>) -> Self {
        match source {
            Some(source) => self.written_at(name, source.place()).set(name, source.value().clone()),
            None => self,
        }
    }

    /// Sets each of the properties `names` to that of the same name in `source`, if it is there.
    pub(crate) fn copy(self, source: &Source<'_>, names: &[&str]) -> Self {
        names.iter().fold(self, |generated, name| generated.set_from(name, source.get(name)))
    }

    /// Says that what is at `path` below the properties is written at `place`.
    pub(crate) fn written_at(mut self, path: &str, place: &Place) -> Self {
        self.origin.properties.insert(path.to_owned(), place.clone());
        self
    }

    /// Says that what is at `path` below the properties is generated as a whole from what is written at `place`.
    pub(crate) fn generated_at(mut self, path: &str, place: &Place) -> Self {
        self.origin.generated.insert(path.to_owned(), place.clone());
        self
    }

    /// Sets an attribute such as `DependsOn`.
    pub(crate) fn attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the attributes that generated resources share with their source.
    pub(crate) fn attributes(mut self, attributes: Map<String, Value>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// The properties so far.
    pub(crate) fn properties(&self) -> &Map<String, Value> {
        &self.properties
    }

    /// The resource as CloudFormation reads it.
    pub(super) fn into_value(self) -> Value {
        let mut body = Map::new();
        body.insert("Type".to_owned(), self.kind.into());
        body.extend(self.attributes);
        body.insert("Properties".to_owned(), self.properties.into());
        body.into()
    }
}
