//! The stages of APIs. One stage of each API is served.

use std::collections::BTreeMap;

use super::stack::Stack;
use super::throttles::Throttles;
use crate::evaluation::Node;
use crate::problem::Problem;
use crate::resource_types::STAGE;

/// The stage that is served, and the API that it belongs to.
pub(super) struct Stage {
    /// The logical id of the API.
    pub(super) api: String,
    pub(super) api_id: String,
    pub(super) name: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) throttles: Throttles,
}

/// The first stage of an API. An API without one is served with the stage `missing`, and a warning unless it `is_implied`.
pub(super) fn read(
    api: &str,
    missing: &str,
    is_implied: bool,
    stack: Stack<'_>,
    warnings: &mut Vec<String>,
) -> Result<Stage, Problem> {
    let api_id = stack.reference(api)?;
    let mut stages = Vec::new();
    for (logical_id, stage) in stack.parts(STAGE, &api_id)? {
        let is_deployed = stage.has("DeploymentId") || stage.boolean_at("AutoDeploy")?.unwrap_or_default();
        stages.push((!stage.is_generated(), !is_deployed, logical_id, stage));
    }
    // The stage that SAM makes of the API comes first, and one without a deployment last: it has no routes.
    stages.sort_by_key(|(is_written, is_not_deployed, _, _)| (*is_written, *is_not_deployed));
    let mut stages = stages.into_iter().map(|(_, _, logical_id, stage)| (logical_id, stage));
    let Some((first, stage)) = stages.next() else {
        if !is_implied {
            warnings.push(format!("`{api}` has no stage in the template: it is served as `{missing}`"));
        }
        let (variables, throttles) = (BTreeMap::new(), Throttles::default());
        return Ok(Stage { api: stack.name(api), api_id, name: missing.to_owned(), variables, throttles });
    };
    let served = if stage.is_generated() { "that of the API itself".to_owned() } else { format!("`{first}`") };
    for (_, surplus) in stages {
        warnings.push(format!("the stage {} of `{api}` is left out: only {served} is served", surplus.place()));
    }
    Ok(Stage {
        name: name(&stage, missing)?,
        variables: stage.get("StageVariables")?.map_or(Ok(BTreeMap::new()), |variables| variables.texts())?,
        throttles: Throttles::of(&stage)?,
        api: stack.name(api),
        api_id,
    })
}

/// The name must fit into a path: letters, digits, `-` and `_`, or `default` as it is.
fn name(stage: &Node<'_>, default: &str) -> Result<String, Problem> {
    let written = stage.require("StageName")?;
    let name = written.text()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name == default || !name.is_empty() && name.bytes().all(is_plain) {
        return Ok(name);
    }
    Err(written.problem(&format!("is `{name}`"), "make it of letters, digits, `-` and `_`"))
}
