//! The routes that events add to the document of an HTTP API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::authorizers::Authorizers;
use super::document::{Document, INTEGRATION};
use super::security;
use crate::expansion::any_condition;
use crate::expansion::http_route::HttpRoute;
use crate::expansion::http_route::{ANY_METHOD, DEFAULT_PATH};
use crate::intrinsic::{only_if, substitution};
use crate::problem::Problem;

/// Adds an operation for `route`. One that the author wrote keeps its integration, but takes the options of the event.
pub(super) fn add(document: &mut Document, route: &HttpRoute, authorizers: &Authorizers<'_>) -> Result<(), Problem> {
    let HttpRoute { path, method, place, .. } = route;
    if !document.has_integration(path, method) {
        add_integration(document, route)?;
    } else if document.is_managed {
        let message = format!("{place} has the path and the method of another event");
        return Err(Problem::new(message, "give each event of an API its own `Path` and `Method`"));
    }
    add_options(document, route, security::requirement(route, authorizers)?)
}

fn add_integration(document: &mut Document, route: &HttpRoute) -> Result<(), Problem> {
    let HttpRoute { path, method, condition, place, .. } = route;
    let exists = document.has_operation(path, method);
    let function = route.function.arn_in_text();
    let mut uri = substitution(format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{function}/invocations"
    ));
    if let Some(condition) = condition {
        uri = only_if(condition, uri);
    }
    let malformed = document.must_be(&["paths", path, method], "a map");
    for item in document.items_mut(path)? {
        let operation = item.entry(method.as_str()).or_insert(Value::Null);
        if operation.is_null() {
            *operation = json!({});
        } else if !operation.is_object() {
            return Err(malformed);
        }
        operation[INTEGRATION] =
            json!({"type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0", "uri": uri});
        if path == DEFAULT_PATH && method == ANY_METHOD {
            operation["isDefaultRoute"] = true.into();
        }
        if operation.get("responses").is_none() {
            operation["responses"] = json!({});
        }
        if let Some(condition) = condition {
            *operation = only_if(condition, operation.take());
        }
    }
    let integration: &[&str] = if exists { &[INTEGRATION] } else { &[] };
    document.generate_place(&[&["paths", path, method], integration].concat(), place);
    Ok(())
}

fn add_options(document: &mut Document, route: &HttpRoute, security: Option<Value>) -> Result<(), Problem> {
    let HttpRoute { path, method, .. } = route;
    let options = [("TimeoutInMillis", "timeoutInMillis"), ("PayloadFormatVersion", "payloadFormatVersion")];
    let given = options.map(|(property, key)| (key, route.get(property).filter(|value| value.is_set())));
    let given: Vec<_> = given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let malformed = |key, kind| document.must_be(&["paths", path, method, key], kind);
    let not_a_map = malformed(INTEGRATION, "a map");
    let (not_security, not_parameters) = (malformed("security", "a list"), malformed("parameters", "a list of maps"));
    for operation in document.operations_mut(path, method)? {
        if let Some(requirement) = &security {
            security::add(operation, requirement).ok_or_else(|| not_security.clone())?;
        }
        let integration = operation.get_mut(INTEGRATION).and_then(Value::as_object_mut);
        let integration = integration.ok_or_else(|| not_a_map.clone())?;
        integration.extend(given.iter().map(|(key, value)| ((*key).to_owned(), value.value().clone())));
        add_parameters(operation, path).ok_or_else(|| not_parameters.clone())?;
    }
    for (key, value) in &given {
        document.write_place(&["paths", path, method, INTEGRATION, key], value.place());
    }
    if let (Some(_), Some(auth)) = (security, route.get("Auth")) {
        document.write_place(&["paths", path, method, "security"], auth.place());
    }
    Ok(())
}

/// Declares the parameters of `path`; `None` if those of the operation are not a list of maps.
fn add_parameters(operation: &mut Map<String, Value>, path: &str) -> Option<()> {
    let mut names = path.split('{').skip(1).filter_map(|piece| Some(piece.split_once('}')?.0)).peekable();
    if names.peek().is_none() {
        return Some(());
    }
    let parameters = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut()?;
    if !parameters.iter().all(Value::is_object) {
        return None;
    }
    for name in names {
        match parameters.iter_mut().find(|parameter| parameter["name"] == name) {
            Some(parameter) => {
                parameter["in"] = "path".into();
                parameter["required"] = true.into();
            }
            None => parameters.push(json!({"name": name, "in": "path", "required": true})),
        }
    }
    Some(())
}

/// Makes each path of a managed document conditional whose methods all are; `api` is the logical id of the API.
pub(super) fn make_paths_conditional(
    document: &mut Document,
    routes: &[HttpRoute],
    api: &str,
    conditions: &mut Map<String, Value>,
) {
    let mut paths: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    for route in routes {
        paths.entry(&route.path).or_default().push(route.condition.as_deref());
    }
    for (path, methods) in paths {
        let Some(of_methods) = methods.into_iter().collect::<Option<BTreeSet<&str>>>() else { continue };
        let combined =
            || format!("{api}{}PathCondition", path.replace('/', "SLASH").replace('{', "OB").replace('}', "CB"));
        match (of_methods.len(), of_methods.first()) {
            (1, Some(condition)) => document.make_conditional(path, condition),
            _ => {
                any_condition::add(conditions, &combined(), &of_methods);
                document.make_conditional(path, &combined());
            }
        }
    }
}
