//! Events of the type `Api` of state machines.

use super::{Event, Started, starting_role};
use crate::expansion::Expansion;
use crate::problem::Problem;

/// The service that calls.
const PRINCIPAL: &str = "apigateway.amazonaws.com";

/// Generates the role that lets the API start the state machine.
pub(super) fn expand<'s>(event: &Event<'s, Started>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    expansion.add(starting_role(event, PRINCIPAL)?)
}
