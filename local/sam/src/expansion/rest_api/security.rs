//! `security` of the methods of a document: authorizers and API keys.

use serde_json::{Map, Value, json};

use crate::expansion::rest_document::Document;
use crate::expansion::rest_events::method::Method;
use crate::problem::Problem;

/// The authorizer that checks signatures.
pub(in crate::expansion) const IAM: &str = "AWS_IAM";

/// What stands for an API key among authorizers.
pub(in crate::expansion) const API_KEY: &str = "api_key";

/// What stands for no API key, where the API wants one by default.
pub(in crate::expansion) const NO_API_KEY: &str = "api_key_false";

/// What stands for no authorizer, where the API has a default.
const NONE: &str = "NONE";

/// Adds `entry` to the security of a method.
///
/// # Errors
/// What the author wrote is not a list.
pub(in crate::expansion) fn append(document: &mut Document, method: &Method<'_>, entry: &Value) -> Result<(), Problem> {
    let problem = not_list(document, method.path);
    let mut uses_iam = false;
    for definition in document.definitions(method.path, &method.name)? {
        let mut security = read(definition, &problem)?;
        security.push(entry.clone());
        uses_iam |= starts_with_iam(&security);
        definition.insert("security".to_owned(), security.into());
    }
    if uses_iam { define_iam(document) } else { Ok(()) }
}

/// Gives each method of `path` the default authorizer `name`, unless it has one of the `authorizers`.
///
/// # Errors
/// As for [`append`].
pub(super) fn set_default_authorizer(
    document: &mut Document,
    path: &str,
    name: &str,
    scopes: &Value,
    authorizers: &[&str],
    is_for_preflight: bool,
) -> Result<(), Problem> {
    let problem = not_list(document, path);
    let mut uses_iam = false;
    for (method, definition) in document.methods(path)? {
        if method == "options" && !is_for_preflight {
            continue;
        }
        let is_authorizer = |entry: &Value| has_key(entry, &|key| key == IAM || authorizers.contains(&key));
        let (mut own, mut security): (Vec<_>, Vec<_>) =
            read(definition, &problem)?.into_iter().partition(is_authorizer);
        if let Some(none) = security.iter().position(|entry| has_key(entry, &|key| key == NONE)) {
            security.remove(none);
        } else if own.is_empty() {
            security.push(json!({name: scopes}));
        } else {
            security.append(&mut own);
        }
        if !security.is_empty() {
            uses_iam |= starts_with_iam(&security);
            definition.insert("security".to_owned(), security.into());
        }
    }
    if uses_iam { define_iam(document) } else { Ok(()) }
}

/// Lets each method of `path` require an API key, unless it says that it does not.
///
/// # Errors
/// As for [`append`].
pub(super) fn set_default_api_key(document: &mut Document, path: &str, is_for_preflight: bool) -> Result<(), Problem> {
    let problem = not_list(document, path);
    for (method, definition) in document.methods(path)? {
        let is_key = |entry: &Value| has_key(entry, &|key| key == API_KEY || key == NO_API_KEY);
        let existing = read(definition, &problem)?;
        let (keys, mut security): (Vec<_>, Vec<_>) = existing.iter().cloned().partition(is_key);
        let is_off = keys.iter().any(|entry| has_key(entry, &|key| key == NO_API_KEY));
        if !is_off && (method != "options" || is_for_preflight) {
            security.push(json!({API_KEY: []}));
        }
        if security != existing {
            definition.insert("security".to_owned(), security.into());
        }
    }
    Ok(())
}

/// Defines the API key, unless the author does.
///
/// # Errors
/// The author's definitions are not a map.
pub(in crate::expansion) fn define_api_key(document: &mut Document) -> Result<(), Problem> {
    document.define_missing_security(API_KEY, json!({"type": "apiKey", "name": "x-api-key", "in": "header"}))
}

/// The definition of the authorizer that checks signatures.
pub(super) fn iam() -> Value {
    json!({"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"})
}

fn define_iam(document: &mut Document) -> Result<(), Problem> {
    document.define_missing_security(IAM, iam())
}

/// The security of a method.
fn read(definition: &Map<String, Value>, problem: &Problem) -> Result<Vec<Value>, Problem> {
    match definition.get("security") {
        None => Ok(Vec::new()),
        Some(Value::Array(entries)) if entries.iter().all(Value::is_object) => Ok(entries.clone()),
        Some(_) => Err(problem.clone()),
    }
}

fn not_list(document: &Document, path: &str) -> Problem {
    document.problem(&format!("has a method of `{path}` with `security` that is not a list of maps"), "correct it")
}

fn has_key(entry: &Value, is_sought: &dyn Fn(&str) -> bool) -> bool {
    entry.as_object().is_some_and(|entry| entry.keys().any(|key| is_sought(key)))
}

/// AWS defines the IAM authorizer only for methods whose first entry it is.
fn starts_with_iam(security: &[Value]) -> bool {
    security.first().is_some_and(|entry| has_key(entry, &|key| key == IAM))
}
