//! `AWS::Serverless::StateMachine`: a state machine of Step Functions, its role and its events.

mod definition;
mod events;
mod publishing;
mod role;

use super::generated::Generated;
use super::resource::SamResource;
use super::schema::{self, Kind, Property, optional};
use super::state::Expansion;
use super::tags;
use crate::intrinsic::attribute;
use crate::problem::Problem;

const PROPERTIES: [Property; 17] = [
    optional("Definition", Kind::Map),
    optional("DefinitionUri", Kind::TextOrMap),
    optional("Logging", Kind::Map),
    optional("Role", Kind::Text),
    optional("RolePath", Kind::Any),
    optional("DefinitionSubstitutions", Kind::Map),
    optional("Events", Kind::Map),
    optional("Name", Kind::Text),
    optional("Type", Kind::Text),
    optional("Tags", Kind::Map),
    optional("PropagateTags", Kind::Boolean),
    optional("Policies", Kind::TextOrList),
    optional("Tracing", Kind::Map),
    optional("PermissionsBoundary", Kind::Text),
    optional("AutoPublishAlias", Kind::Any),
    optional("DeploymentPreference", Kind::Any),
    optional("UseAliasAsEventTarget", Kind::Literal),
];

/// Generates the state machine and what belongs to it.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    schema::check(&resource.properties, &[&PROPERTIES], expansion)?;
    let place = resource.properties.place();
    let machine = Generated::new(resource.logical_id, "AWS::StepFunctions::StateMachine", resource, place)
        .attributes(resource.main_attributes())
        .set_from("StateMachineName", resource.get("Name"))
        .set_from("StateMachineType", resource.get("Type"))
        .set_from("LoggingConfiguration", resource.get("Logging"))
        .set_from("TracingConfiguration", resource.get("Tracing"));
    let mut machine = definition::define(machine, resource)?;
    let tags = tags::propagated(resource)?;
    let own_tags = || tags::list(&[("stateMachine:createdBy", "SAM")], resource.get("Tags").as_ref());
    let tags = if tags.is_some() { tags } else { own_tags()? };
    machine = match (resource.properties.filled("Role"), resource.properties.filled("Policies")) {
        (Some(role), Some(_)) => {
            return Err(role.problem("is written together with `Policies`", "write one of `Role` and `Policies`"));
        }
        (None, _) => {
            let role = role::execution_role(resource, tags.clone())?;
            let arn = attribute(&role.logical_id, "Arn");
            expansion.add(role)?;
            machine.set("RoleArn", arn)
        }
        (role, None) => machine.set_from("RoleArn", role),
    };
    expansion.add(machine.set_some("Tags", tags))?;
    let alias = publishing::expand(resource, expansion)?;
    events::expand(resource, alias, expansion)
}
