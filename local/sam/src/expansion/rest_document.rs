//! The OpenAPI or Swagger document of a REST API.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::open_api_version::is_version_3;
use super::place::Place;
use super::source::{Source, is_filled};
use crate::intrinsic::{only_if, reference, referenced};
use crate::problem::Problem;

/// Where a method's definition has its integration.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// What a document calls `ANY`.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";

/// Where the document has its authorizers.
const SECURITY_DEFINITIONS: &str = "securityDefinitions";

/// What a path may have in addition to methods.
const NOT_METHODS: [&str; 3] = ["summary", "description", "parameters"];

/// A method and what the document says about it.
type Definition<'d> = (String, &'d mut Map<String, Value>);

/// The documents of REST APIs by the ids of the APIs.
pub(super) type Documents = BTreeMap<String, Document>;

/// A document that events and properties of the API change.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) body: Value,
    /// Whether SAM writes the document: the author gave none.
    pub(super) is_managed: bool,
    /// `DefinitionBody`, or the API whose document SAM writes.
    place: Place,
    /// Where parts of the document are written, by their paths.
    places: BTreeMap<String, Place>,
}

impl Document {
    /// The document that SAM writes for the API `logical_id`, without paths.
    pub(super) fn managed(logical_id: &str) -> Self {
        let info = json!({"version": "1.0", "title": reference("AWS::StackName")});
        let body = json!({"swagger": "2.0", "info": info, "paths": {}});
        Self { body, is_managed: true, place: Place::resource(logical_id), places: BTreeMap::new() }
    }

    /// The author's document.
    pub(super) fn written(source: &Source<'_>) -> Self {
        let (body, place) = (source.value().clone(), source.place().clone());
        Self { body, is_managed: false, place, places: BTreeMap::new() }
    }

    /// `DefinitionBody`, if the author wrote one.
    pub(super) fn written_place(&self) -> Option<&Place> {
        (!self.is_managed).then_some(&self.place)
    }

    /// Where parts of the document are written, by their paths.
    pub(super) fn places(&self) -> &BTreeMap<String, Place> {
        &self.places
    }

    /// Says that what is at `path` of the document is written at `place`.
    pub(super) fn written_at(&mut self, path: String, place: &Place) {
        self.places.insert(path, place.clone());
    }

    /// Whether the document has what SAM needs to change it.
    pub(super) fn is_valid(&self) -> bool {
        self.body["paths"].is_object() && (is_filled(&self.body["swagger"]) || is_version_3(&self.body["openapi"]))
    }

    /// The names of all paths.
    pub(super) fn paths(&self) -> Vec<String> {
        self.body["paths"].as_object().into_iter().flat_map(|paths| paths.keys().cloned()).collect()
    }

    /// The map under a key of the document, which is added if it is missing.
    ///
    /// # Errors
    /// The author wrote something else there.
    pub(super) fn section(&mut self, key: &str) -> Result<&mut Map<String, Value>, Problem> {
        let problem = self.problem(&format!("has `{key}`, which is not a map"), "write it as a map");
        let body = self.body.as_object_mut().ok_or_else(|| problem.clone())?;
        let section = body.entry(key).or_insert_with(|| json!({}));
        if !is_filled(section) {
            *section = json!({});
        }
        section.as_object_mut().ok_or(problem)
    }

    /// What is under `path`: one map, or each branch of a condition.
    ///
    /// # Errors
    /// One of them is not a map.
    pub(super) fn items(&mut self, path: &str) -> Result<Vec<&mut Map<String, Value>>, Problem> {
        let problem = self.problem(&format!("has the path `{path}`, which is not a map"), "write a map of methods");
        let items = self.section("paths")?.get_mut(path).into_iter().flat_map(branches_mut);
        items.map(|item| item.as_object_mut().ok_or_else(|| problem.clone())).collect()
    }

    /// The definitions of all methods of `path` that have an integration, each with the name of its method. A method
    /// within a condition has one for each branch.
    ///
    /// # Errors
    /// A definition is not a map.
    pub(super) fn methods(&mut self, path: &str) -> Result<Vec<Definition<'_>>, Problem> {
        let message = format!("has a method of `{path}`, which is not a map");
        let problem = self.problem(&message, "write a map with the integration of the method");
        let mut methods = Vec::new();
        for item in self.items(path)? {
            for (name, method) in item.iter_mut().filter(|(name, _)| !NOT_METHODS.contains(&name.as_str())) {
                for definition in branches_mut(method) {
                    let definition = definition.as_object_mut().ok_or_else(|| problem.clone())?;
                    if definition.get(INTEGRATION).is_some_and(is_filled) {
                        methods.push((method_key(name), definition));
                    }
                }
            }
        }
        Ok(methods)
    }

    /// The definitions of one method.
    ///
    /// # Errors
    /// As for [`Document::methods`].
    pub(super) fn definitions(&mut self, path: &str, method: &str) -> Result<Vec<&mut Map<String, Value>>, Problem> {
        let key = method_key(method);
        let methods = self.methods(path)?;
        Ok(methods.into_iter().filter(|(name, _)| *name == key).map(|(_, definition)| definition).collect())
    }

    /// Whether a method of a path has an integration, in each branch of the path.
    pub(super) fn has_integration(&self, path: &str, method: &str) -> bool {
        let has_integration = |definition: &&Value| is_filled(&definition[INTEGRATION]);
        let items = self.body["paths"].get(path).map(branches);
        items.is_some_and(|items| {
            items.iter().all(|item| branches(&item[method_key(method)]).iter().any(has_integration))
        })
    }

    /// Adds a method without an integration, which is written at `place`.
    ///
    /// # Errors
    /// The path is not a map.
    pub(super) fn add_method(&mut self, path: &str, method: &str, place: &Place) -> Result<(), Problem> {
        let key = method_key(method);
        self.section("paths")?.entry(path).or_insert_with(|| json!({}));
        for item in self.items(path)? {
            item.entry(key.as_str()).or_insert_with(|| json!({}));
        }
        self.written_at(format!("paths.{path}.{key}"), place);
        Ok(())
    }

    /// Gives a method its integration, and responses if it has none. With a condition, the method exists only if it holds.
    ///
    /// # Errors
    /// The path or the method is not a map.
    pub(super) fn integrate(
        &mut self,
        path: &str,
        method: &str,
        integration: &Value,
        responses: &Value,
        condition: Option<&str>,
    ) -> Result<(), Problem> {
        let problem = self.problem(&format!("has a method of `{path}`, which is not a map"), "write a map");
        let key = method_key(method);
        for item in self.items(path)? {
            let method = item.entry(key.as_str()).or_insert_with(|| json!({}));
            let definition = method.as_object_mut().ok_or_else(|| problem.clone())?;
            definition.insert(INTEGRATION.to_owned(), integration.clone());
            definition.entry("responses").or_insert_with(|| responses.clone());
            if let Some(condition) = condition {
                *method = only_if(condition, method.take());
            }
        }
        Ok(())
    }

    /// Defines an authorizer or the API key.
    ///
    /// # Errors
    /// The author's definitions are not a map.
    pub(super) fn define_security(&mut self, name: &str, definition: Value) -> Result<(), Problem> {
        self.section(SECURITY_DEFINITIONS)?.insert(name.to_owned(), definition);
        Ok(())
    }

    /// The same, unless the author defines it.
    ///
    /// # Errors
    /// As for [`Document::define_security`].
    pub(super) fn define_missing_security(&mut self, name: &str, definition: Value) -> Result<(), Problem> {
        self.section(SECURITY_DEFINITIONS)?.entry(name).or_insert(definition);
        Ok(())
    }

    /// Makes the path exist only if `condition` holds.
    pub(super) fn make_conditional(&mut self, path: &str, condition: &str) {
        if let Some(item) = self.body.get_mut("paths").and_then(|paths| paths.get_mut(path)) {
            *item = only_if(condition, item.take());
        }
    }

    /// A problem with the document.
    pub(super) fn problem(&self, message: &str, hint: &str) -> Problem {
        Problem::new(format!("{} {message}", self.place), hint)
    }
}

/// How the document names a method.
pub(super) fn method_key(method: &str) -> String {
    let lower = method.to_lowercase();
    if lower == "any" { ANY.to_owned() } else { lower }
}

/// `value`, or each branch of the `Fn::If` that it is, without those that are `AWS::NoValue`.
fn branches(value: &Value) -> Vec<&Value> {
    match value.get("Fn::If") {
        None => vec![value],
        Some(arguments) => {
            let branches = arguments.as_array().into_iter().flatten().skip(1);
            branches.filter(|branch| referenced(branch) != Some("AWS::NoValue")).collect()
        }
    }
}

fn branches_mut(value: &mut Value) -> Vec<&mut Value> {
    if value.get("Fn::If").is_none() {
        return vec![value];
    }
    let branches = value.get_mut("Fn::If").and_then(Value::as_array_mut).into_iter().flatten().skip(1);
    branches.filter(|branch| referenced(branch) != Some("AWS::NoValue")).collect()
}
