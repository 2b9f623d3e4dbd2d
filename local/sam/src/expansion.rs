//! SAM expanded into the CloudFormation resources that AWS's translator generates. `EXPANSION.md` is the specification.
//!
//! The expansion knows no value but those of parameters: intrinsics stay as they are written, as in AWS's macro. What
//! is generated knows its place in the source template, so that messages about it name what the author wrote.
//!
//! Start reading at [`expand`].

mod place;
mod source;
mod resource;
mod generated;
mod state;
mod schema;

mod validity;
mod globals;
mod global_sections;
mod resolution;
mod references;
mod dependencies;
mod tags;
mod digest;
mod role;
mod policies;
mod policy_templates;
mod managed_policies;
mod s3;
mod any_condition;
mod invoked;
mod deployed;
mod event;
mod events;
mod rest_events;
mod rest_document;
mod open_api_version;
mod http_events;
mod http_route;
mod implicit_rest_api;
mod implicit_http_api;
mod shared_plan;
mod protocol;
mod domain;
mod record_sets;

mod function;
mod state_machine;
mod rest_api;
mod http_api;
mod web_socket_api;
mod simple_table;
mod layer_version;
mod application;
mod graphql_api;
mod connector;
mod connector_end;
mod connector_profiles;
mod embedded_connectors;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::function::deployment;
use self::globals::Globals;
pub(crate) use self::place::{Origin, Place};
use self::references::References;
use self::resource::{SAM, SamResource};
use self::state::Expansion;
use crate::problem::Problem;
use crate::sections::section;

/// How many resources a template may have (CloudFormation quotas).
const MOST_RESOURCES: usize = 500;

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
    check_number(source.len())?;
    let mut expansion =
        Expansion { embedded, mappings, conditions, rest_documents, warnings, ..Expansion::new(&source, parameters) };
    for (kinds, expand) in KINDS {
        for (logical_id, body) in &source {
            let kind = body["Type"].as_str().and_then(|kind| kind.strip_prefix(SAM));
            if kind.is_some_and(|kind| kinds.contains(&kind)) {
                let expanded = expansion.take(logical_id, body).and_then(|resource| expand(&resource, &mut expansion));
                expanded.map_err(|problem| problem.after(&expansion.warnings))?;
            }
        }
    }
    deployment::finish(&mut expansion)?;
    let Expansion { mut resources, conditions, origins, derived, renamed, replaced_dependencies, warnings, .. } =
        expansion;
    for (logical_id, generated) in &replaced_dependencies {
        dependencies::replace(&mut resources, logical_id, generated);
    }
    dependencies::rename(&mut resources, &renamed);
    check_number(resources.len())?;
    template.insert("Resources".to_owned(), resources.into());
    if !conditions.is_empty() {
        template.insert("Conditions".to_owned(), conditions.into());
    }
    template.remove("Transform");
    let template = references::replace_all(template, &References { derived, renamed });
    Ok(Expanded { template, origins, warnings })
}

/// Rejects a template with more resources than CloudFormation accepts.
fn check_number(resources: usize) -> Result<(), Problem> {
    if resources > MOST_RESOURCES {
        let message = format!("the template has {resources} resources, and CloudFormation accepts {MOST_RESOURCES}");
        return Err(Problem::new(message, "split it into nested stacks"));
    }
    Ok(())
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
