//! Where the routes of an API end.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::context::Context;
use super::invocables::Target;
use super::stages::Stage;
use crate::evaluation::{Node, check_length};
use crate::model::Invocable;
use crate::problem::Problem;
use crate::resource_types::INTEGRATION;
use local_core::invocation::FunctionReference;

/// The integration that `Target` of a route names; `None`, and a warning, if there is not a `Target`.
pub(super) fn target<'r>(
    route: &Node<'_>,
    context: &Context<'r>,
    warnings: &mut Vec<String>,
) -> Result<Option<(&'r str, Node<'r>)>, Problem> {
    let Some(target) = route.text_at("Target")? else {
        warnings.push(format!("{} is left out: it has no `Target`", route.place()));
        return Ok(None);
    };
    let name = target.strip_prefix("integrations/").unwrap_or_else(|| {
        warnings
            .push(format!("`Target` of {} is `{target}`: API Gateway wants `integrations/{target}`", route.place()));
        &target
    });
    match context.stack.resources.get_key_value(name) {
        Some((logical_id, resource)) if resource.kind == INTEGRATION => {
            Ok(Some((logical_id, context.stack.properties(logical_id, resource)?)))
        }
        _ if name.contains("${") => {
            let message = format!("`Target` of {} is `{target}`, which is not substituted", route.place());
            Err(Problem::new(message, "write the text with `!Sub`"))
        }
        _ => {
            let integrations = context.stack.of_types(&[INTEGRATION]).map(|(name, _)| name.to_owned());
            let message = format!("`Target` of {} names `{name}`, which is not an integration", route.place());
            Err(Problem::unknown(message, "integrations", &integrations.collect::<Vec<_>>()))
        }
    }
}

/// How long the integration may take, from `key` in milliseconds; the longest where nothing is said.
pub(super) fn timeout(node: &Node<'_>, key: &str, range: RangeInclusive<u64>) -> Result<Duration, Problem> {
    let longest = *range.end();
    let timeout = node.get(key)?.map(|timeout| timeout.integer(range)).transpose()?;
    Ok(Duration::from_millis(timeout.unwrap_or(longest)))
}

/// Why an integration cannot answer.
pub(super) fn not_emulated(integration: &Node<'_>, kind: &str) -> String {
    format!("{} is of type `{kind}`, which is not emulated", integration.place())
}

/// What of an API calls a function.
pub(super) struct Caller {
    /// The route or the authorizer, as a warning names it.
    pub(super) place: String,
    /// Its path in ARNs below the API's: `STAGE/ROUTEKEY` or `authorizers/ID`.
    pub(super) path: String,
}

/// The function behind `uri`, or why it cannot be called here. With credentials the API calls with a role of the
/// template's, and needs no permission of the function.
pub(super) fn invocable(
    uri: &Node<'_>,
    has_credentials: bool,
    caller: &Caller,
    stage: &Stage,
    context: &Context<'_>,
    warnings: &mut Vec<String>,
) -> Result<Result<Invocable, String>, Problem> {
    let function = match function(uri, &stage.variables, context)? {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let source = format!("{}/{}", stage.api_id, caller.path);
    let objection = context.surroundings.permissions.objection(&function, &source).filter(|_| !has_credentials);
    if let Some(objection) = &objection {
        let Caller { place, path } = caller;
        warnings.push(format!(
            "API Gateway may not invoke `{function}` for {place}: {objection}; add one with the principal \
             `apigateway.amazonaws.com`, and if it has a `SourceArn`, one that matches `…:${{{}}}/{path}`",
            stage.api
        ));
    }
    Ok(Ok(Invocable { function, is_permitted: objection.is_none() }))
}

/// The function behind `uri`, or why it cannot be called here.
pub(super) fn function(
    uri: &Node<'_>,
    stage_variables: &BTreeMap<String, String>,
    context: &Context<'_>,
) -> Result<Result<FunctionReference, String>, Problem> {
    let mut text = uri.text()?;
    for (name, value) in stage_variables {
        let variable = format!("${{stageVariables.{name}}}");
        check_length(text.len().saturating_add(text.matches(&variable).count().saturating_mul(value.len())))?;
        text = text.replace(&variable, value);
    }
    if let Some((_, variable)) = text.split_once("${stageVariables.") {
        let name = variable.split('}').next().unwrap_or_default();
        return Ok(Err(format!("{} needs the stage variable `{name}`, which is not there", uri.place())));
    }
    if text.contains("${") {
        return Err(uri.problem(&format!("is `{text}`, which is not substituted"), "write the text with `!Sub`"));
    }
    match context.surroundings.invocables.find(&text).map_err(|problem| problem.at(&uri.place()))? {
        Target::Here(function) => Ok(Ok(function)),
        Target::Elsewhere => Ok(Err(format!("{} is in another account or region, `{text}`", uri.place()))),
    }
}
