//! `AutoPublishAlias` and `DeploymentPreference` of state machines: versions and aliases.

use serde_json::{Map, Value, json};

use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, reference};
use crate::problem::Problem;

/// Generates the version and the alias, if the state machine has one, and gives the alias's id.
pub(super) fn expand(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<Option<String>, Problem> {
    let Some(name) = resource.properties.filled("AutoPublishAlias") else {
        let dependent = ["UseAliasAsEventTarget", "DeploymentPreference"];
        return match dependent.iter().find_map(|property| resource.properties.filled(property)) {
            Some(property) => Err(property.problem("needs an alias", "set `AutoPublishAlias` as well")),
            None => Ok(None),
        };
    };
    let id = resource.logical_id;
    let version_id = format!("{id}Version");
    let version = Generated::new(&version_id, "AWS::StepFunctions::StateMachineVersion", resource, name.place())
        .attribute("DeletionPolicy", "Retain")
        .attribute("UpdateReplacePolicy", "Retain")
        .attributes(resource.shared_attributes())
        .set("StateMachineArn", reference(id))
        .set("StateMachineRevisionId", attribute(id, "StateMachineRevisionId"));
    expansion.add(version)?;
    let alias_id = format!("{id}Alias{}", name.text()?);
    let alias = Generated::new(&alias_id, "AWS::StepFunctions::StateMachineAlias", resource, name.place())
        .attributes(resource.shared_attributes())
        .set_from("Name", Some(name));
    expansion.add(prefer(alias, resource, &version_id)?)?;
    Ok(Some(alias_id))
}

/// Says how the alias turns to a new version.
fn prefer(alias: Generated, resource: &SamResource<'_>, version_id: &str) -> Result<Generated, Problem> {
    let mut alias = alias;
    let mut preference = Map::from_iter([("Type".to_owned(), Value::from("ALL_AT_ONCE"))]);
    if let Some(source) = resource.properties.filled("DeploymentPreference") {
        preference = source.map()?.clone();
        alias = alias.written_at("DeploymentPreference", source.place());
    }
    preference.insert("StateMachineVersionArn".to_owned(), json!({"Ref": version_id}));
    Ok(alias.set("DeploymentPreference", preference))
}
