//! SAM expanded into the CloudFormation resources that AWS's translator generates. `EXPANSION.md` is the specification.
//!
//! The expansion knows no value but those of parameters: intrinsics stay as they are written, as in AWS's macro. What
//! is generated knows its place in the source template, so that messages about it name what the author wrote.
//!
//! Start reading at [`expand`].

mod dependencies;
mod digest;
mod embedded_connectors;
mod events;
mod generated;
mod global_sections;
mod globals;
mod invoked;
mod packaged;
mod place;
mod references;
mod resolution;
mod resource;
mod role;
mod schema;
mod source;
mod validity;

mod application;
mod connector;
mod connector_end;
mod connector_profiles;
mod graphql_api;
mod graphql_auth;
mod graphql_code;
mod graphql_data_sources;
mod layer_version;
mod any_condition;
mod function;
mod managed_policies;
mod policies;
mod policy_templates;
mod s3;
mod combined_condition;
mod domain;
mod http_api;
mod http_events;
mod implicit_http_api;
mod record_sets;
mod s3_location;
mod implicit_rest_api;
mod rest_api;
mod rest_events;
mod simple_table;
mod state_machine;
mod tags;
mod web_socket_api;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::function::deployment::{self, Deployment};
use self::generated::Generated;
pub(crate) use self::globals::Globals;
use self::http_events::HttpRoute;
use self::implicit_rest_api::Documents;
pub(crate) use self::place::{Origin, Place};
use self::references::References;
use self::resource::SamResource;
use self::rest_api::usage_plan::SharedPlan;
use crate::problem::Problem;
use crate::sections::section;

/// The names of all SAM types begin so.
const SAM: &str = "AWS::Serverless::";

/// A template without SAM.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// All sections.
    pub(crate) template: Map<String, Value>,
    /// Where each generated resource comes from.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// A sentence for everything that SAM rejects and that can be ignored here.
    pub(crate) warnings: Vec<String>,
}

/// Expands the SAM resources of `template`, whose parameters have these values.
///
/// # Errors
/// SAM rejects the template.
pub(crate) fn expand(
    mut template: Map<String, Value>,
    parameters: &BTreeMap<String, Value>,
) -> Result<Expanded, Problem> {
    let mut warnings = Vec::new();
    validity::check(&template)?;
    let globals = Globals::parse(template.remove("Globals").as_ref(), &mut warnings)?;
    let (mut resources, mut conditions) = (section(&template, "Resources")?, section(&template, "Conditions")?);
    let mappings = section(&template, "Mappings")?;
    let mut rest_documents = implicit_rest_api::add(&mut resources, &mut conditions, &globals)?;
    implicit_http_api::add(&mut resources, &mut conditions, &globals);
    let embedded = embedded_connectors::take_out(&mut resources)?;
    let source = globals.merge_into(resources)?;
    implicit_rest_api::complete(&mut rest_documents, &source);
    let mut expansion = Expansion {
        source: &source,
        embedded,
        parameters,
        mappings,
        resources: source.clone(),
        conditions,
        deployments: Vec::new(),
        origins: BTreeMap::new(),
        derived: BTreeMap::new(),
        renamed: BTreeMap::new(),
        replaced_dependencies: Vec::new(),
        http_routes: BTreeMap::new(),
        record_set_groups: BTreeMap::new(),
        rest_documents,
        shared_plan: SharedPlan::default(),
        warnings,
    };
    for (kinds, expand) in KINDS {
        expansion.expand_all(kinds, *expand)?;
    }
    deployment::finish(&mut expansion)?;
    let Expansion { mut resources, conditions, origins, derived, renamed, replaced_dependencies, warnings, .. } =
        expansion;
    for (logical_id, generated) in &replaced_dependencies {
        dependencies::replace(&mut resources, logical_id, generated);
    }
    dependencies::rename(&mut resources, &renamed);
    template.insert("Resources".to_owned(), resources.into());
    if !conditions.is_empty() {
        template.insert("Conditions".to_owned(), conditions.into());
    }
    template.remove("Transform");
    let template = references::replace_all(template, &References { derived, renamed });
    Ok(Expanded { template, origins, warnings })
}

/// Expands one resource.
type Expand = for<'s> fn(&SamResource<'s>, &mut Expansion<'s>) -> Result<(), Problem>;

/// The SAM types in the order of their expansion: functions change the APIs that their events name, and connectors look at
/// what is expanded already.
const KINDS: &[(&[&str], Expand)] = &[
    (&["Function"], function::expand),
    (&["StateMachine"], state_machine::expand),
    (&["Api"], rest_api::expand),
    (&["HttpApi"], http_api::expand),
    (&["WebSocketApi"], web_socket_api::expand),
    (&["SimpleTable"], simple_table::expand),
    (&["LayerVersion"], layer_version::expand),
    (&["Application"], application::expand),
    (&["GraphQLApi"], graphql_api::expand),
    (&["Connector"], connector::expand),
];

/// The expansion so far.
#[derive(Debug)]
pub(crate) struct Expansion<'s> {
    /// The resources of the source template, with `Globals`.
    source: &'s Map<String, Value>,
    /// The places of those that are written within others.
    embedded: BTreeMap<String, Place>,
    /// Values of parameters; those that are not known are missing.
    parameters: &'s BTreeMap<String, Value>,
    /// The resources of the result.
    resources: Map<String, Value>,
    /// The conditions of the result.
    conditions: Map<String, Value>,
    /// The mappings of the source template.
    mappings: Map<String, Value>,
    /// Functions that are deployed step by step.
    deployments: Vec<Deployment<'s>>,
    origins: BTreeMap<String, Origin>,
    /// What `Ref: Function.Alias` and the like mean: ids of generated resources by what refers to them.
    derived: BTreeMap<String, String>,
    /// The new ids of resources.
    renamed: BTreeMap<String, String>,
    /// What a dependency on a resource means: the resources that it generates.
    replaced_dependencies: Vec<(String, Vec<String>)>,
    /// What events add to HTTP APIs, by the id of the API.
    http_routes: BTreeMap<String, Vec<HttpRoute>>,
    /// The DNS records of HTTP and REST APIs, which share a group for each hosted zone, by the id of the group.
    record_set_groups: BTreeMap<String, Generated>,
    /// The documents of REST APIs that are not expanded yet.
    rest_documents: Documents,
    /// The REST APIs so far that share a usage plan.
    shared_plan: SharedPlan,
    warnings: Vec<String>,
}

impl<'s> Expansion<'s> {
    fn expand_all(&mut self, kinds: &[&str], expand: Expand) -> Result<(), Problem> {
        let source = self.source;
        for (logical_id, body) in source {
            let kind = body["Type"].as_str().and_then(|kind| kind.strip_prefix(SAM));
            if kind.is_some_and(|kind| kinds.contains(&kind)) {
                self.resources.shift_remove(logical_id);
                let mut resource = SamResource::new(logical_id, body)?;
                if let Some(place) = self.embedded.get(logical_id) {
                    resource = resource.written_at(place);
                }
                expand(&resource, self)?;
            }
        }
        Ok(())
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
