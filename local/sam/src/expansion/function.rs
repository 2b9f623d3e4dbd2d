//! `AWS::Serverless::Function`: a function, its role, and what publishes and invokes it.
//!
//! Start reading at [`expand`].

mod properties;
mod code;
mod dead_letter;
mod event_invoke;
mod execution_role;
mod lambda;
mod publishing;
mod url;

pub(super) mod deployment;

use super::invoked::Invoked;
use super::resource::SamResource;
use super::role::Role;
use super::state::Expansion;
use super::{events, policies, tags};
use crate::problem::Problem;

/// Generates an `AWS::Lambda::Function` and everything that belongs to it.
pub(super) fn expand<'s>(resource: &SamResource<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    properties::check(resource, expansion)?;
    let function = lambda::generate(resource, expansion)?;
    let alias_name = publishing::alias_name(resource, expansion)?;
    let update_policy = deployment::prefer(resource, alias_name.is_some(), expansion)?;
    let (function, alias) = match &alias_name {
        Some(name) => {
            let (function, alias) = publishing::publish(resource, name, function, update_policy, expansion)?;
            (function, Some(alias))
        }
        None => (function, None),
    };
    let execution_role = execution_role::choose(resource, expansion)?;
    expansion.add(execution_role.set_on(function))?;

    let invoked = Invoked { logical_id: resource.logical_id.to_owned(), alias };
    url::expand(resource, &invoked, expansion)?;
    let mut role = Role::default();
    execution_role::add_basic_policies(resource, &mut role, expansion);
    dead_letter::add_policy(resource, &mut role);
    event_invoke::expand(resource, &invoked, alias_name.as_deref(), &mut role, expansion)?;
    policies::add(resource.filled("Policies"), &execution_role::id(resource), &mut role)?;
    events::expand(resource, &invoked, &mut role, expansion)?;
    execution_role.generate(role, resource, expansion)?;
    derive(resource, expansion);
    tags::propagate(resource, expansion)
}

/// Lets the author refer to what is generated.
fn derive(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) {
    const NAMES: [(&str, &str); 4] = [
        ("AWS::Lambda::Alias", "Alias"),
        ("AWS::Lambda::Version", "Version"),
        ("AWS::SNS::Topic", "DestinationTopic"),
        ("AWS::SQS::Queue", "DestinationQueue"),
    ];
    for (generated, kind) in expansion.generated_from(resource.logical_id) {
        if let Some((_, name)) = NAMES.iter().find(|(named, _)| *named == kind) {
            expansion.derive(resource.logical_id, name, &generated);
        }
    }
}
