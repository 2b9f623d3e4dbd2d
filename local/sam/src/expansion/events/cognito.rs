//! Events of the type `Cognito`: triggers of a user pool of the template.

use super::author;
use super::permission::named_permission;
use crate::expansion::event::Event;
use crate::expansion::place::Place;
use crate::expansion::schema::{self, Kind, Property, required};
use crate::expansion::state::Expansion;
use crate::intrinsic::attribute;
use crate::problem::Problem;

const PROPERTIES: [Property; 2] = [required("UserPool", Kind::Text), required("Trigger", Kind::TextOrList)];

/// Generates the permission, which a function has once for all its triggers, and changes the user pool.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let pool_id = author::find(&event.properties.require("UserPool")?, "AWS::Cognito::UserPool", expansion)?;
    if let Some(pool) = expansion.resource_mut(pool_id) {
        let place = Place::resource(pool_id);
        let properties = author::map(pool, "Properties", &place)?;
        let triggers = author::map(properties, "LambdaConfig", &place.below("LambdaConfig"))?;
        for trigger in event.properties.require("Trigger")?.items_or_self() {
            let name = trigger.text()?;
            if triggers.contains_key(name) {
                let message = format!("is `{name}`, which `{pool_id}` has a function for already");
                return Err(trigger.problem(&message, "name each trigger once"));
            }
            triggers.insert(name.to_owned(), event.invoked.arn());
        }
    }
    let invoked_id = event.invoked.alias.as_deref().unwrap_or(event.resource.logical_id);
    let permission = named_permission(event, format!("{invoked_id}CognitoPermission"), "cognito-idp.amazonaws.com");
    expansion.add(permission.set("SourceArn", attribute(pool_id, "Arn")))
}
