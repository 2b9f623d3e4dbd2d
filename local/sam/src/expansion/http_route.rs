//! A route of an HTTP API that an event declares.

use serde_json::Value;

use super::event::Event;
use super::invoked::Invoked;
use super::place::Place;
use super::source::Source;
use crate::problem::Problem;

/// The key of a path item for all methods.
pub(super) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// The path of the route for all requests that have no route of their own.
pub(super) const DEFAULT_PATH: &str = "$default";

/// A route that an event adds to an HTTP API.
#[derive(Clone, Debug)]
pub(super) struct HttpRoute {
    /// `/a/{b}`, or [`DEFAULT_PATH`].
    pub(super) path: String,
    /// In lower case, or [`ANY_METHOD`].
    pub(super) method: String,
    /// What `RouteSettings` of a stage calls it.
    pub(super) key: String,
    pub(super) function: Invoked,
    /// The condition of the function.
    pub(super) condition: Option<String>,
    /// The event.
    pub(super) place: Place,
    properties: Value,
    properties_place: Place,
}

impl HttpRoute {
    /// The route that an event declares.
    ///
    /// # Errors
    /// It has only one of `Path` and `Method`, or one of them is not text.
    pub(super) fn read(event: &Event<'_>) -> Result<Self, Problem> {
        let (path, method) = if given(event, "Path") || given(event, "Method") {
            (event.properties.require("Path")?.text()?, event.properties.require("Method")?.text()?)
        } else {
            (DEFAULT_PATH, ANY_METHOD)
        };
        let key = if method == ANY_METHOD { path.to_owned() } else { format!("{} {path}", method.to_uppercase()) };
        let method = match method.to_lowercase() {
            any if any == "any" => ANY_METHOD.to_owned(),
            method => method,
        };
        Ok(Self {
            path: path.to_owned(),
            method,
            key,
            function: event.invoked.clone(),
            condition: event.resource.condition().map(str::to_owned),
            place: event.place.clone(),
            properties: event.properties.value().clone(),
            properties_place: event.properties.place().clone(),
        })
    }

    /// A property of the event.
    pub(super) fn get(&self, name: &str) -> Option<Source<'_>> {
        Source::new(&self.properties, self.properties_place.clone()).get(name)
    }

    /// Whether this takes all requests that have no route of their own.
    pub(super) fn is_default(&self) -> bool {
        self.path == DEFAULT_PATH && self.method == ANY_METHOD
    }

    /// The method and the path of the requests that may invoke the function, as the end of an ARN.
    pub(super) fn permitted(&self) -> String {
        let path = self.path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(&self.path);
        let path = if path == DEFAULT_PATH { String::new() } else { with_wildcards(path) };
        match self.method.as_str() {
            ANY_METHOD if path == "/$default" => path,
            ANY_METHOD => format!("/*{path}"),
            method => format!("/{}{path}", method.to_uppercase()),
        }
    }
}

/// Whether the event has a property that is not empty.
fn given(event: &Event<'_>, name: &str) -> bool {
    event.properties.get(name).is_some_and(|value| value.value() != "")
}

/// `path` with `*` in place of its parameters.
fn with_wildcards(path: &str) -> String {
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        name == "proxy+" || !name.is_empty() && name.bytes().all(fits)
    };
    let mut pieces = path.split('{');
    let mut replaced = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((_, after)) => replaced.extend(["*", after]),
            None => replaced.extend(["{", piece]),
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_path_become_wildcards() {
        let table = [
            ("/a", "/a"),
            ("/a/{b}/c/{proxy+}", "/a/*/c/*"),
            ("/{a b}/{c", "/{a b}/{c"),
            ("/{a{b}", "/{a*"),
            ("/{}", "/{}"),
        ];
        for (path, expected) in table {
            assert_eq!(with_wildcards(path), expected, "{path}");
        }
    }
}
