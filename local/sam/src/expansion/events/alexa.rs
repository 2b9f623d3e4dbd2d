//! Events of the type `AlexaSkill`: a permission for skills of Alexa.

use super::permission::permission;
use crate::expansion::event::Event;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::state::Expansion;
use crate::problem::Problem;

const PROPERTIES: [Property; 1] = [optional("SkillId", Kind::Text)];

/// Generates the permission.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let skill = event.properties.get("SkillId");
    expansion.add(permission(event, "alexa-appkit.amazon.com").set_from("EventSourceToken", skill))
}
