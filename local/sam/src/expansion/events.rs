//! Events of functions: what they generate, and what they add to other resources.

use super::Expansion;
use super::invoked::Invoked;
use super::place::Place;
use super::resource::SamResource;
use super::role::Role;
use super::source::Source;
use crate::problem::Problem;

/// An entry of `Events`.
#[derive(Clone, Debug)]
pub(super) struct Event<'s> {
    /// The function.
    pub(super) resource: &'s SamResource<'s>,
    /// What it invokes.
    pub(super) invoked: &'s Invoked,
    /// The function's id and the event's key joined: ids of generated resources begin so.
    pub(super) id: String,
    /// The entry itself: `Events.X` of the function.
    pub(super) place: Place,
    /// Its `Properties`, or an empty map.
    pub(super) properties: Source<'s>,
}

/// Expands the events of a function.
pub(super) fn expand<'s>(
    resource: &SamResource<'s>,
    invoked: &Invoked,
    role: &mut Role,
    expansion: &mut Expansion<'s>,
) -> Result<(), Problem> {
    let _ = (resource, invoked, role, expansion);
    Ok(())
}
