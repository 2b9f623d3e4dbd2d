//! Which authorizer each operation of an HTTP API requires.

use serde_json::{Map, Value, json};

use super::authorizers::{Authorizers, IAM};
use super::document::Document;
use crate::expansion::http_route::HttpRoute;
use crate::problem::Problem;

/// The name that switches off the default authorizer.
const NONE: &str = "NONE";

/// What `Auth` of an event requires.
///
/// # Errors
/// It names an authorizer that the API does not have.
pub(super) fn requirement(route: &HttpRoute, authorizers: &Authorizers<'_>) -> Result<Option<Value>, Problem> {
    let Some(auth) = route.get("Auth").filter(|auth| auth.is_set()) else { return Ok(None) };
    let own = auth.get("Authorizer").filter(|own| own.is_set());
    let name = match (&own, authorizers.default_name()) {
        (Some(own), _) => own.text()?,
        (None, Some(default)) => default,
        (None, None) => {
            let hint = "give it `Authorizer`, or give the API a `DefaultAuthorizer`";
            return Err(auth.problem("does not say which authorizer, and the API has no default", hint));
        }
    };
    let place = own.as_ref().unwrap_or(&auth);
    match (name, authorizers.find(name)) {
        (NONE, _) if authorizers.default_name().is_none() => {
            let hint = "remove `Auth`, or give the API a `DefaultAuthorizer`";
            return Err(place.problem("is `NONE`, but the API has no default authorizer to switch off", hint));
        }
        (IAM, None) if !authorizers.is_iam_enabled => {
            let hint = "set `EnableIamAuthorizer` in `Auth` of the API";
            return Err(place.problem("is `AWS_IAM`, which the API does not enable", hint));
        }
        (NONE | IAM, _) | (_, Some(_)) => {}
        (_, None) => {
            let message = format!("is `{name}`, which the API does not define");
            return Err(place.problem(&message, "add it to `Auth.Authorizers` of the API"));
        }
    }
    let scopes = auth.get("AuthorizationScopes").filter(|scopes| scopes.is_set());
    if let Some(scopes) = &scopes {
        scopes.items()?;
    }
    let scopes = match (name, scopes) {
        (NONE | IAM, _) => json!([]),
        (_, Some(scopes)) => scopes.value().clone(),
        (_, None) => authorizers.scopes(name),
    };
    Ok(Some(json!({name: scopes})))
}

/// Adds a requirement to those that an operation has; `None` if they are not a list.
pub(super) fn add(operation: &mut Map<String, Value>, requirement: &Value) -> Option<()> {
    let security = operation.entry("security").or_insert_with(|| json!([]));
    security.as_array_mut()?.push(requirement.clone());
    Some(())
}

/// Lets all operations that require nothing, but those of preflight requests, require the default authorizer.
pub(super) fn set_default(document: &mut Document, authorizers: &Authorizers<'_>) -> Result<(), Problem> {
    let Some(name) = authorizers.default_name() else { return Ok(()) };
    for operation in document.operations_except_mut("options")? {
        let existing = operation.get("security");
        if existing.is_none_or(|security| security.is_null() || *security == json!([])) {
            operation.insert("security".to_owned(), json!([{name: authorizers.scopes(name)}]));
        }
    }
    Ok(())
}
