//! The API keys of a template, and where an API looks for them.

use std::collections::BTreeSet;

use super::routes::CONNECT;
use super::stack::Stack;
use crate::evaluation::Node;
use crate::model::{ApiKeySource, ApiKeys, Route};
use crate::problem::Problem;
use crate::resource_types::API_KEY;

/// The keys for an API with these `properties` and `routes`. Warnings only where a route asks for one.
pub(super) fn read<'k>(
    api: &str,
    properties: &Node<'_>,
    routes: impl Iterator<Item = (&'k String, &'k Route)>,
    stack: Stack<'_>,
    warnings: &mut Vec<String>,
) -> Result<ApiKeys, Problem> {
    let source = source(properties)?;
    let asking: Vec<&String> = routes.filter(|(_, route)| route.requires_api_key).map(|(key, _)| key).collect();
    if asking.is_empty() {
        return Ok(ApiKeys { source, values: None });
    }
    for key in asking.iter().filter(|key| **key != CONNECT) {
        warnings.push(format!("the route `{key}` of `{api}` asks for no API key here: only `$connect` does"));
    }
    let mut values = BTreeSet::new();
    let mut unknown = Vec::new();
    let mut is_declared = false;
    for (logical_id, resource) in stack.of_types(&[API_KEY]) {
        let key = stack.properties(logical_id, resource)?;
        // Only stages of REST APIs can be named here: the key is theirs.
        if key.has("StageKeys") {
            continue;
        }
        is_declared = true;
        match key.get("Enabled")?.map(|enabled| enabled.boolean()).transpose()? {
            Some(true) => {}
            Some(false) => continue,
            None => warnings.push(format!("{} does not say `Enabled: true`: it counts here, not on AWS", key.place())),
        }
        match key.text_at("Value") {
            Ok(Some(value)) => {
                values.insert(value);
            }
            Ok(None) | Err(_) => unknown.push(key.place()),
        }
    }
    let values = if unknown.is_empty() && is_declared {
        Some(values)
    } else {
        let reason = match unknown.as_slice() {
            [] => "the template has no `AWS::ApiGateway::ApiKey`".to_owned(),
            names => format!("the template has no `Value` for {}", names.join(", ")),
        };
        warnings.push(format!("any API key opens `{api}`: {reason}"));
        None
    };
    Ok(ApiKeys { source, values })
}

fn source(properties: &Node<'_>) -> Result<ApiKeySource, Problem> {
    let Some(expression) = properties.get("ApiKeySelectionExpression")? else {
        return Ok(ApiKeySource::Header);
    };
    match expression.text()?.as_str() {
        "$request.header.x-api-key" => Ok(ApiKeySource::Header),
        "$context.authorizer.usageIdentifierKey" => Ok(ApiKeySource::Authorizer),
        other => Err(expression.problem(
            &format!("is `{other}`"),
            "write `$request.header.x-api-key` or `$context.authorizer.usageIdentifierKey`",
        )),
    }
}
