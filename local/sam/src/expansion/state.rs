//! The expansion so far, which all expanders read and change.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::deployed::Deployment;
use super::generated::Generated;
use super::http_route::HttpRoute;
use super::place::{Origin, Place};
use super::resource::SamResource;
use super::rest_document::Documents;
use super::shared_plan::SharedPlan;
use super::{dependencies, resolution};
use crate::problem::Problem;

/// The expansion so far.
#[derive(Debug)]
pub(crate) struct Expansion<'s> {
    /// The resources of the source template, with `Globals`.
    pub(super) source: &'s Map<String, Value>,
    /// The places of those that are written within others.
    pub(super) embedded: BTreeMap<String, Place>,
    /// Values of parameters; those that are not known are missing.
    pub(super) parameters: &'s BTreeMap<String, Value>,
    /// The resources of the result.
    pub(super) resources: Map<String, Value>,
    /// The conditions of the result.
    pub(super) conditions: Map<String, Value>,
    /// The mappings of the source template.
    pub(super) mappings: Map<String, Value>,
    /// Functions that are deployed step by step.
    pub(super) deployments: Vec<Deployment<'s>>,
    pub(super) origins: BTreeMap<String, Origin>,
    /// What `Ref: Function.Alias` and the like mean: ids of generated resources by what refers to them.
    pub(super) derived: BTreeMap<String, String>,
    /// The new ids of resources.
    pub(super) renamed: BTreeMap<String, String>,
    /// What a dependency on a resource means: the resources that it generates.
    pub(super) replaced_dependencies: Vec<(String, Vec<String>)>,
    /// What events add to HTTP APIs, by the id of the API.
    pub(super) http_routes: BTreeMap<String, Vec<HttpRoute>>,
    /// The DNS records of HTTP and REST APIs, which share a group for each hosted zone, by the id of the group.
    pub(super) record_set_groups: BTreeMap<String, Generated>,
    /// The documents of REST APIs that are not expanded yet.
    pub(super) rest_documents: Documents,
    /// The REST APIs so far that share a usage plan.
    pub(super) shared_plan: SharedPlan,
    pub(super) warnings: Vec<String>,
}

impl<'s> Expansion<'s> {
    /// The expansion of `source` before any resource is expanded.
    pub(super) fn new(source: &'s Map<String, Value>, parameters: &'s BTreeMap<String, Value>) -> Self {
        Self {
            source,
            embedded: BTreeMap::new(),
            parameters,
            resources: source.clone(),
            conditions: Map::new(),
            mappings: Map::new(),
            deployments: Vec::new(),
            origins: BTreeMap::new(),
            derived: BTreeMap::new(),
            renamed: BTreeMap::new(),
            replaced_dependencies: Vec::new(),
            http_routes: BTreeMap::new(),
            record_set_groups: BTreeMap::new(),
            rest_documents: Documents::new(),
            shared_plan: SharedPlan::default(),
            warnings: Vec::new(),
        }
    }

    /// Takes the resource `logical_id` of the source out of the result, to expand it.
    ///
    /// # Errors
    /// It is malformed.
    pub(super) fn take(&mut self, logical_id: &'s str, body: &'s Value) -> Result<SamResource<'s>, Problem> {
        self.resources.shift_remove(logical_id);
        let resource = SamResource::new(logical_id, body)?;
        Ok(match self.embedded.get(logical_id) {
            Some(place) => resource.written_at(place),
            None => resource,
        })
    }

    /// Adds a generated resource.
    ///
    /// # Errors
    /// Its id is not one of CloudFormation's, or the author uses it for something else.
    pub(crate) fn add(&mut self, generated: Generated) -> Result<(), Problem> {
        let Generated { logical_id, kind, origin, .. } = &generated;
        let place = &origin.place;
        if logical_id.is_empty() || !logical_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("{place} generates a resource with the id `{logical_id}`, which is not alphanumeric");
            return Err(Problem::new(message, "make its name of letters and digits"));
        }
        if self.source.contains_key(logical_id) && !may_replace(logical_id, place, kind) {
            let message = format!("{place} generates the resource `{logical_id}`, which the template has already");
            return Err(Problem::new(message, "rename one of them"));
        }
        self.origins.insert(logical_id.clone(), origin.clone());
        self.resources.insert(logical_id.clone(), generated.into_value());
        Ok(())
    }

    /// Lets `Ref: logical_id.property` mean the generated resource `generated`.
    pub(crate) fn derive(&mut self, logical_id: &str, property: &str, generated: &str) {
        self.derived.insert(format!("{logical_id}.{property}"), generated.to_owned());
    }

    /// Lets references to the resource `logical_id` mean `generated`.
    pub(crate) fn rename(&mut self, logical_id: &str, generated: String) {
        self.renamed.insert(logical_id.to_owned(), generated);
    }

    /// Lets what depends on `logical_id` depend on the resources `generated` instead.
    pub(crate) fn replace_dependency(&mut self, logical_id: &str, generated: Vec<String>) {
        self.replaced_dependencies.push((logical_id.to_owned(), generated));
    }

    /// Lets the resource `logical_id` depend on the resource `generated` too.
    pub(crate) fn add_dependency(&mut self, logical_id: &str, generated: &str) {
        if let Some(resource) = self.resource_mut(logical_id) {
            dependencies::extend(resource, &[generated.to_owned()]);
        }
    }

    /// `value` with the values of parameters in place of their names.
    pub(crate) fn resolve(&self, value: &Value) -> Value {
        resolution::resolve(value, self.parameters)
    }

    /// The same, but not for a `Ref` that is `value` itself.
    pub(crate) fn resolve_within(&self, value: &Value) -> Value {
        resolution::resolve_within(value, self.parameters)
    }

    /// `value` with the values of parameters, and of mappings where the keys are known.
    ///
    /// # Errors
    /// An `Fn::FindInMap` is malformed.
    pub(crate) fn resolve_mappings(&self, value: &Value) -> Result<Value, Problem> {
        resolution::find_in_mappings(&self.resolve(value), &self.mappings)
    }

    /// The ids and types of what is generated from the resource `logical_id`, in order.
    pub(crate) fn generated_from(&self, logical_id: &str) -> Vec<(String, String)> {
        let generated = self.resources.iter().filter_map(|(id, body)| {
            self.origins.get(id).filter(|origin| origin.place.logical_id == logical_id)?;
            Some((id.clone(), body["Type"].as_str()?.to_owned()))
        });
        generated.collect()
    }

    /// A resource of the source template, with `Globals`.
    pub(crate) fn source_resource(&self, logical_id: &str) -> Option<&'s Value> {
        self.source.get(logical_id)
    }

    /// A resource of the result, which may be one of the author's.
    pub(crate) fn resource(&self, logical_id: &str) -> Option<&Value> {
        self.resources.get(logical_id)
    }

    /// The same, to change it.
    pub(crate) fn resource_mut(&mut self, logical_id: &str) -> Option<&mut Map<String, Value>> {
        self.resources.get_mut(logical_id)?.as_object_mut()
    }

    /// All resources of the result.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.resources.iter()
    }

    /// Sets a property of a resource of the result.
    pub(crate) fn set_property(&mut self, logical_id: &str, name: &str, value: Value) {
        let Some(resource) = self.resource_mut(logical_id) else { return };
        let properties = resource.entry("Properties").or_insert_with(|| Map::new().into());
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(name.to_owned(), value);
        }
    }

    /// Adds a condition to the template.
    pub(crate) fn add_condition(&mut self, name: impl Into<String>, condition: Value) {
        self.conditions.insert(name.into(), condition);
    }

    /// Reports what SAM rejects and the local stack can ignore.
    pub(crate) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }
}

/// Whether a generated resource may have the id of one in the source template: its own source, or a kind that AWS's translator
/// does not check.
fn may_replace(logical_id: &str, place: &Place, kind: &str) -> bool {
    const UNCHECKED: [&str; 7] = [
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::BasePathMappingV2",
        "AWS::ApiGateway::DomainName",
        "AWS::ApiGateway::DomainNameV2",
        "AWS::Cognito::UserPool",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
    ];
    logical_id == place.logical_id || UNCHECKED.contains(&kind)
}
