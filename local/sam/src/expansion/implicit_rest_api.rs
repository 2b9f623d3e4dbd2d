//! The implicit REST API `ServerlessRestApi`, and the methods that events add to the documents that SAM writes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::any_condition;
use super::globals::Globals;
use super::open_api_version::is_version_3;
use super::place::Place;
use super::resource::SAM;
use super::rest_api::gives_definition;
use super::rest_document::{Document, Documents};
use super::source::{Source, is_filled};
use crate::intrinsic::referenced;
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// The id of the implicit API.
pub(super) const IMPLICIT: &str = "ServerlessRestApi";

/// The type of the APIs that events may name.
const API: &str = "AWS::Serverless::Api";

/// The attributes that the implicit API takes over from what it invokes, each with its values, the strongest first.
const POLICIES: [(&str, &[&str]); 2] =
    [("DeletionPolicy", &["Retain", "Delete"]), ("UpdateReplacePolicy", &["Retain", "Snapshot", "Delete"])];

/// Adds the implicit REST API to the resources of the source template, if an event needs it. Returns the documents that SAM
/// writes, with the methods of events but without integrations.
///
/// # Errors
/// An event is not valid.
pub(super) fn add(
    resources: &mut Map<String, Value>,
    conditions: &mut Map<String, Value>,
    globals: &Globals,
) -> Result<Documents, Problem> {
    let mut collected = Collected::new(resources);
    for (logical_id, resource) in &*resources {
        collected.read_events(logical_id, resource, resources, globals)?;
    }
    collected.make_paths_conditional(conditions);
    if collected.is_implicit_needed() {
        resources.insert(IMPLICIT.to_owned(), collected.implicit_api(conditions));
    } else if !resources.get(IMPLICIT).is_some_and(is_managed) {
        collected.documents.remove(IMPLICIT);
    }
    Ok(collected.documents)
}

/// Adds the documents that authors wrote, once `Globals` are merged into the `resources`, and makes those that SAM writes
/// documents of the OpenAPI version that the author wants.
pub(super) fn complete(documents: &mut Documents, resources: &Map<String, Value>) {
    for (logical_id, resource) in resources.iter().filter(|(_, resource)| resource["Type"] == API) {
        let properties = Source::new(&resource["Properties"], Place::resource(logical_id));
        if let Some(document) = documents.get_mut(logical_id) {
            let version = properties.get("OpenApiVersion").filter(|version| is_version_3(version.value()));
            if let (Some(version), Some(body)) = (version, document.body.as_object_mut()) {
                body.shift_remove("swagger");
                body.insert("openapi".to_owned(), scalar_text(version.value()).into());
            }
        } else if let Some(body) = properties.filled("DefinitionBody") {
            documents.insert(logical_id.clone(), Document::written(&body));
        }
    }
}

/// Whether SAM writes the document of a resource.
fn is_managed(resource: &Value) -> bool {
    resource["Type"] == API && !gives_definition(&resource["Properties"])
}

/// The condition, if any, of the function of each method, by the method's name.
type MethodConditions = BTreeMap<String, Option<String>>;

/// What the events of all functions and state machines say about APIs.
#[derive(Debug, Default)]
struct Collected {
    documents: Documents,
    /// The conditions of methods, by API and by path.
    conditions: BTreeMap<String, BTreeMap<String, MethodConditions>>,
    /// `DeletionPolicy` and `UpdateReplacePolicy` of everything that the implicit API invokes, by attribute.
    policies: BTreeMap<&'static str, BTreeSet<String>>,
    /// The tags that functions hand on to the implicit API.
    tags: Map<String, Value>,
}

impl Collected {
    fn new(resources: &Map<String, Value>) -> Self {
        let managed = resources.iter().filter(|(_, resource)| is_managed(resource)).map(|(logical_id, _)| logical_id);
        let managed = managed.map(String::as_str).chain([IMPLICIT]);
        let documents = managed.map(|logical_id| (logical_id.to_owned(), Document::managed(logical_id)));
        Self { documents: documents.collect(), ..Self::default() }
    }

    fn read_events(
        &mut self,
        logical_id: &str,
        resource: &Value,
        resources: &Map<String, Value>,
        globals: &Globals,
    ) -> Result<(), Problem> {
        let (Some("AWS::Serverless::Function") | Some("AWS::Serverless::StateMachine")) = resource["Type"].as_str()
        else {
            return Ok(());
        };
        let place = Place::resource(logical_id).below("Events");
        for (key, event) in resource["Properties"]["Events"].as_object().into_iter().flatten() {
            if event["Type"] == "Api" && is_filled(&event["Properties"]) {
                let event = Source::new(event, place.below(key));
                self.read_event(&event, resource, resources, globals)?;
            }
        }
        Ok(())
    }

    fn read_event(
        &mut self,
        event: &Source<'_>,
        resource: &Value,
        resources: &Map<String, Value>,
        globals: &Globals,
    ) -> Result<(), Problem> {
        let properties = event.require("Properties")?;
        properties.map()?;
        let api = api_id(&properties)?.unwrap_or(IMPLICIT);
        if properties.get("RestApiId").is_none() {
            self.read_tags(resource, globals);
        }
        let (path, method) = (properties.require("Path")?.text()?, properties.require("Method")?.text()?);
        let target = resources.get(api);
        if api != IMPLICIT && target.is_none_or(|target| target["Type"] == "AWS::Serverless::HttpApi") {
            let message = format!("names `{api}`, which is not an `{API}` of the template");
            return Err(properties.require("RestApiId")?.problem(&message, "name one, or leave out `RestApiId`"));
        }
        let condition = resource["Condition"].as_str().map(str::to_owned);
        let paths = self.conditions.entry(api.to_owned()).or_default();
        paths.entry(path.to_owned()).or_default().insert(method.to_owned(), condition);
        if api == IMPLICIT {
            for (attribute, _) in POLICIES {
                let policy = resource[attribute].as_str().map(str::to_owned);
                self.policies.entry(attribute).or_default().extend(policy);
            }
        }
        match self.documents.get_mut(api) {
            Some(document) => document.add_method(path, method, event.place()),
            None => Ok(()),
        }
    }

    fn read_tags(&mut self, resource: &Value, globals: &Globals) {
        let section = resource["Type"].as_str().and_then(|kind| kind.strip_prefix(SAM)).unwrap_or_default();
        let property = |name| {
            let own = Some(&resource["Properties"][name]).filter(|own| is_filled(own));
            own.or_else(|| globals.get(section, name).filter(|shared| is_filled(shared)))
        };
        if let (Some(_), Some(Value::Object(tags))) = (property("PropagateTags"), property("Tags")) {
            self.tags.extend(tags.clone());
        }
    }

    /// Makes each path of which all methods are conditional conditional itself.
    fn make_paths_conditional(&mut self, added: &mut Map<String, Value>) {
        for (api, paths) in &self.conditions {
            let Some(document) = self.documents.get_mut(api) else { continue };
            for (path, methods) in paths {
                let name = path.replace('/', "SLASH").replace('{', "OB").replace('}', "CB");
                if let Some(condition) = combine(methods.values(), &format!("{api}{name}PathCondition"), added) {
                    document.make_conditional(path, &condition);
                }
            }
        }
    }

    fn is_implicit_needed(&self) -> bool {
        self.documents.get(IMPLICIT).is_some_and(|document| !document.paths().is_empty())
    }

    /// The implicit API as an author would write it.
    fn implicit_api(&self, added: &mut Map<String, Value>) -> Value {
        let mut properties = json!({"StageName": "Prod"});
        if !self.tags.is_empty() {
            properties["Tags"] = self.tags.clone().into();
            properties["PropagateTags"] = true.into();
        }
        let mut api = json!({"Type": API, "Properties": properties});
        let methods = self.conditions.get(IMPLICIT).into_iter().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        if let Some(condition) = combine(methods, &format!("{IMPLICIT}Condition"), added) {
            api["Condition"] = condition.into();
        }
        for (attribute, strongest_first) in POLICIES {
            let policies = self.policies.get(attribute);
            let given = |policy: &&&str| policies.is_some_and(|policies| policies.contains(**policy));
            if let Some(policy) = strongest_first.iter().find(given) {
                api[attribute] = (*policy).into();
            }
        }
        api
    }
}

/// The id of the API that an event names; `None` if it names none.
///
/// # Errors
/// It is neither text nor a `Ref`.
pub(super) fn api_id<'e>(properties: &Source<'e>) -> Result<Option<&'e str>, Problem> {
    let Some(api) = properties.get("RestApiId") else {
        return match properties.value().get("RestApiId") {
            None => Ok(None),
            Some(_null) => Err(properties.problem("has an empty `RestApiId`", "name an API, or remove it")),
        };
    };
    match referenced(api.value()) {
        Some(logical_id) => Ok(Some(logical_id)),
        None => api.text().map(Some),
    }
}

/// The condition that holds if one of `conditions` does, added under `name` if there are several; `None` if one of them is
/// missing.
fn combine<'c>(
    conditions: impl Iterator<Item = &'c Option<String>>,
    name: &str,
    section: &mut Map<String, Value>,
) -> Option<String> {
    let conditions: BTreeSet<&str> = conditions.map(Option::as_deref).collect::<Option<_>>()?;
    if conditions.len() > 1 {
        any_condition::add(section, name, &conditions);
        return Some(name.to_owned());
    }
    conditions.first().map(|condition| (*condition).to_owned())
}
