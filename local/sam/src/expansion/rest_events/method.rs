//! The method of a REST API that an event names.

use serde_json::{Map, Value, json};

use crate::expansion::implicit_rest_api::{IMPLICIT, api_id};
use crate::expansion::place::Place;
use crate::expansion::rest_document::{Document, INTEGRATION};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::problem::Problem;

/// A method of an API of the template.
#[derive(Clone, Debug)]
pub(in crate::expansion) struct Method<'e> {
    /// The properties of the event.
    event: Source<'e>,
    pub(in crate::expansion) api_id: String,
    /// The properties of the API.
    pub(in crate::expansion) api: Source<'e>,
    pub(in crate::expansion) path: &'e str,
    /// In lower case; `any` means all methods.
    pub(in crate::expansion) name: String,
    /// The stage of the API, or `Stage` if its name is not known.
    pub(in crate::expansion) stage: String,
}

impl<'e> Method<'e> {
    /// The method that the `properties` of an event name.
    ///
    /// # Errors
    /// They name no path, no method, or an API that the template does not have.
    pub(in crate::expansion) fn find<'s: 'e>(
        properties: &Source<'e>,
        expansion: &Expansion<'s>,
    ) -> Result<Self, Problem> {
        let api_id = api_id(properties)?.unwrap_or(IMPLICIT);
        let Some(resource) = expansion.source_resource(api_id) else {
            let message = format!("names the API `{api_id}`, which the template does not have");
            return Err(properties.problem(&message, "name one with `RestApiId`, or leave it out"));
        };
        let api = Source::new(resource.get("Properties").unwrap_or(&Value::Null), Place::resource(api_id));
        let stage = match api.get("StageName").as_ref().map(|stage| stage.value().as_str()) {
            Some(Some("")) => return Err(api.problem("has an empty `StageName`", "give the stage a name")),
            Some(Some(stage)) => stage,
            _ => "Stage",
        };
        Ok(Self {
            event: properties.clone(),
            api_id: api_id.to_owned(),
            api: api.clone(),
            path: properties.require("Path")?.text()?,
            name: properties.require("Method")?.text()?.to_lowercase(),
            stage: stage.to_owned(),
        })
    }

    /// Adds the method to the document of its API.
    ///
    /// # Errors
    /// The method has an integration already.
    pub(in crate::expansion) fn add(
        &self,
        document: &mut Document,
        integration: &Value,
        responses: &Value,
        condition: Option<&str>,
    ) -> Result<(), Problem> {
        if document.has_integration(self.path, &self.name) {
            return Err(self.problem("which another event has already", "remove one of the events"));
        }
        document.section("paths")?.entry(self.path).or_insert_with(|| json!({}));
        document.integrate(self.path, &self.name, integration, responses, condition)
    }

    /// A problem with the event: "adds the method `get` of `/x`, …".
    pub(in crate::expansion) fn problem(&self, message: &str, hint: &str) -> Problem {
        self.event.problem(&format!("adds the method `{}` of `{}`, {message}", self.name, self.path), hint)
    }
}

/// The integration of a method that has one.
pub(super) fn integration_of(definition: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    definition.get_mut(INTEGRATION)?.as_object_mut()
}

/// `path` with `*` in place of each parameter, as ARNs name it: `/orders/*` for `/orders/{id}` or `/orders/{proxy+}`.
pub(in crate::expansion) fn with_wildcards(path: &str) -> String {
    let is_name = |name: &str| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let mut replaced = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        replaced.push_str(before);
        rest = match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((_, after)) => {
                replaced.push('*');
                after
            }
            None => {
                replaced.push('{');
                after
            }
        };
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_paths_become_wildcards() {
        let table = [
            ("/", "/"),
            ("/orders/{id}", "/orders/*"),
            ("/{proxy+}", "/*"),
            ("/{a}/b/{c.d-e_f}/", "/*/b/*/"),
            ("/{}", "/{}"),
            ("/{a b}", "/{a b}"),
            ("/{{a}}", "/{*}"),
            ("/{a", "/{a"),
        ];
        for (path, expected) in table {
            assert_eq!(with_wildcards(path), expected, "{path}");
        }
    }
}
