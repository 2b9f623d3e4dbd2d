//! `Auth` of an event: who may call the method.

use serde_json::{Value, json};

use super::method::Method;
use crate::expansion::rest_api::{resource_policy, security};
use crate::expansion::rest_document::Document;
use crate::expansion::source::{Source, is_filled};
use crate::expansion::state::Expansion;
use crate::problem::Problem;

/// Adds the security of a method to the document of its API.
///
/// # Errors
/// The API does not have what the event asks for.
pub(in crate::expansion) fn add(
    auth: &Source<'_>,
    method: &Method<'_>,
    document: &mut Document,
    expansion: &Expansion<'_>,
) -> Result<(), Problem> {
    check(auth, method, expansion)?;
    let written = method.api.get("Auth");
    let authorizers = written.as_ref().and_then(|auth| auth.get("Authorizers"));
    if let Some(Value::String(name)) = auth.filled("Authorizer").as_ref().map(Source::value) {
        let authorizer = authorizers.and_then(|authorizers| authorizers.get(name)).filter(|_| name != "NONE");
        let scopes = authorizer
            .and_then(|authorizer| auth.get("AuthorizationScopes").or_else(|| authorizer.get("AuthorizationScopes")));
        let scopes = scopes.map_or_else(|| json!([]), |scopes| scopes.value().clone());
        security::append(document, method, &json!({name.as_str(): scopes}))?;
    }
    if let Some(required) = auth.get("ApiKeyRequired") {
        if is_filled(required.value()) {
            security::append(document, method, &json!({security::API_KEY: []}))?;
            security::define_api_key(document)?;
        } else {
            security::append(document, method, &json!({security::NO_API_KEY: []}))?;
        }
    }
    if let Some(policy) = auth.filled("ResourcePolicy") {
        resource_policy::add(document, &policy, method.path, &method.stage.as_str().into())?;
        resource_policy::add_custom(document, &policy)?;
    }
    Ok(())
}

/// Checks that the API has what the event asks for.
fn check(auth: &Source<'_>, method: &Method<'_>, expansion: &Expansion<'_>) -> Result<(), Problem> {
    let api = expansion.resolve(method.api.get("Auth").as_ref().map_or(&Value::Null, Source::value));
    let authorizers = &api["Authorizers"];
    let authorizer = auth.filled("Authorizer");
    match authorizer.as_ref().map(|authorizer| (authorizer, authorizer.value().as_str())) {
        None | Some((_, Some("AWS_IAM"))) => {}
        Some((authorizer, None)) => return Err(authorizer.must_be("text")),
        Some((authorizer, Some("NONE"))) => {
            if !is_filled(&api["DefaultAuthorizer"]) {
                let message = format!("is `NONE`, but `{}` has no default authorizer", method.api_id);
                return Err(authorizer.problem(&message, "remove it, or give the API a `DefaultAuthorizer`"));
            }
        }
        Some((authorizer, Some(name))) => {
            if !is_filled(&authorizers[name]) {
                let message = format!("is `{name}`, which `{}` does not define", method.api_id);
                return Err(authorizer.problem(&message, "define it in `Auth.Authorizers` of the API"));
            }
        }
    }
    if let Some(scopes) = auth.filled("AuthorizationScopes") {
        scopes.items()?;
        if authorizer.is_none() {
            return Err(scopes.problem("is given without an `Authorizer`", "name an `Authorizer`"));
        }
    }
    let required = auth.get("ApiKeyRequired").filter(|required| !is_filled(required.value()));
    match required {
        Some(required) if !is_filled(&api["ApiKeyRequired"]) => {
            let message = format!("is false, but `{}` does not require API keys", method.api_id);
            Err(required.problem(&message, "remove it"))
        }
        _ => Ok(()),
    }
}
