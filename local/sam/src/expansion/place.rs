//! Where in the source template something is written.

use std::collections::BTreeMap;
use std::fmt;

/// A resource of the source template and a path below its properties, such as `Routes.join` of `Api`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) logical_id: String,
    pub(crate) path: String,
}

impl Place {
    /// The resource itself.
    pub(crate) fn resource(logical_id: &str) -> Self {
        Self { logical_id: logical_id.to_owned(), path: String::new() }
    }

    /// The path of nested keys below the properties of a resource.
    pub(crate) fn path(keys: &[&str]) -> String {
        keys.iter().fold(Self::default(), |place, key| place.below(key)).path
    }

    /// What is at `path` below this, where `path` is a key, `[0]`, or several of these: `Routes.join`, `Policies[0]`.
    pub(crate) fn below(&self, path: &str) -> Self {
        let separator = if self.path.is_empty() || path.is_empty() || path.starts_with('[') { "" } else { "." };
        Self { logical_id: self.logical_id.clone(), path: format!("{}{separator}{path}", self.path) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(formatter, "`{}`", self.logical_id),
            path => write!(formatter, "`{path}` of `{}`", self.logical_id),
        }
    }
}

/// Where a generated resource and its properties come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// What the resource is generated from.
    pub(crate) place: Place,
    /// The type of the resource that the author wrote.
    pub(crate) kind: String,
    /// Paths below the generated properties whose value the author wrote, each with its place.
    pub(crate) properties: BTreeMap<String, Place>,
    /// Paths below the generated properties whose value as a whole is generated from what is at a place.
    pub(crate) generated: BTreeMap<String, Place>,
}

impl Origin {
    /// The place of the property at `path` of the generated resource.
    pub(crate) fn find(&self, path: &str) -> Place {
        let beginnings = path.char_indices().filter(|(_, character)| ['.', '['].contains(character));
        let ends = beginnings.map(|(at, _)| at).chain([path.len()]);
        let found = ends.filter_map(|end| {
            let (beginning, rest) = path.split_at(end);
            let written = self.properties.get(beginning).map(|place| place.below(rest.trim_start_matches('.')));
            written.or_else(|| self.generated.get(beginning).cloned())
        });
        found.fold(None, |_shorter, place| Some(place)).unwrap_or_else(|| self.place.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_property_is_that_of_the_longest_path_that_the_author_wrote() {
        let api = Place::resource("Api");
        let properties = [("Target", "Routes.join.Target"), ("Target.Arn", "Routes.join.FunctionArn")];
        let origin = Origin {
            place: api.below("Routes.join"),
            generated: [("Body.get".to_owned(), api.below("Events.E"))].into(),
            kind: String::new(),
            properties: properties.map(|(path, source)| (path.to_owned(), api.below(source))).into(),
        };
        let table = [
            ("ApiId", "`Routes.join` of `Api`"),
            ("Target.Id", "`Routes.join.Target.Id` of `Api`"),
            ("Target.Arn", "`Routes.join.FunctionArn` of `Api`"),
            ("Target.Arn[0].x", "`Routes.join.FunctionArn[0].x` of `Api`"),
            ("Body.get.responses.x", "`Events.E` of `Api`"),
            ("Targets", "`Routes.join` of `Api`"),
        ];
        for (path, expected) in table {
            assert_eq!(origin.find(path).to_string(), expected, "{path}");
        }
    }
}
