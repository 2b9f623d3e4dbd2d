//! Events of the type `HttpApi`.

use super::Event;
use crate::expansion::Expansion;
use crate::problem::Problem;

/// Expands one.
pub(super) fn expand<'s>(event: &Event<'s>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    let _ = (event, expansion);
    Ok(())
}
