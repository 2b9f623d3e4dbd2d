//! `Auth` of an API: authorizers, API keys and the policy of the API.

use serde_json::{Value, json};

use super::{authorizer, resource_policy, security};
use crate::expansion::generated::Generated;
use crate::expansion::resource::SamResource;
use crate::expansion::rest_document::Document;
use crate::expansion::schema::{self, Kind, Property, optional};
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{reference, substitution_with};
use crate::problem::Problem;

const PROPERTIES: [Property; 8] = [
    optional("Authorizers", Kind::Any),
    optional("DefaultAuthorizer", Kind::Any),
    optional("InvokeRole", Kind::Any),
    optional("AddDefaultAuthorizerToCorsPreflight", Kind::Any),
    optional("AddApiKeyRequiredToCorsPreflight", Kind::Any),
    optional("ApiKeyRequired", Kind::Any),
    optional("ResourcePolicy", Kind::Any),
    optional("UsagePlan", Kind::Any),
];

/// Adds what `auth` says to the document.
///
/// # Errors
/// The property is not valid.
pub(super) fn add(
    auth: &Source<'_>,
    stage: &Value,
    document: &mut Document,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    schema::check(auth, &[&PROPERTIES], expansion)?;
    add_authorizers(auth, document)?;
    if auth.filled("ApiKeyRequired").is_some() {
        security::define_api_key(document)?;
        let is_for_preflight = is_on(auth, "AddApiKeyRequiredToCorsPreflight");
        for path in document.paths() {
            security::set_default_api_key(document, &path, is_for_preflight)?;
        }
    }
    if let Some(policy) = auth.filled("ResourcePolicy") {
        policy.map()?;
        for path in document.paths() {
            resource_policy::add(document, &policy, &path, stage)?;
        }
        resource_policy::add_custom(document, &policy)?;
    }
    Ok(())
}

fn add_authorizers(auth: &Source<'_>, document: &mut Document) -> Result<(), Problem> {
    let authorizers = authorizers(auth)?;
    let default = auth.filled("DefaultAuthorizer");
    let is_iam = default.as_ref().is_some_and(|default| default.value() == security::IAM);
    if is_iam {
        document.define_security(security::IAM, security::iam())?;
    }
    for (name, authorizer) in &authorizers {
        document.define_security(name, authorizer::definition(authorizer)?)?;
        for section in ["securityDefinitions", "components.securitySchemes"] {
            document.written_at(format!("{section}.{name}"), authorizer.place());
        }
    }
    let Some(default) = default.filter(|_| is_iam || !authorizers.is_empty()) else { return Ok(()) };
    let name = default.text()?;
    let authorizer = authorizers.iter().find(|(existing, _)| *existing == name).map(|(_, authorizer)| authorizer);
    if authorizer.is_none() && !is_iam {
        let message = format!("is `{name}`, which is not one of `Authorizers`");
        return Err(default.problem(&message, "define it in `Authorizers`"));
    }
    let scopes = authorizer.and_then(|authorizer| authorizer.get("AuthorizationScopes"));
    let scopes = scopes.map_or_else(|| json!([]), |scopes| scopes.value().clone());
    let names: Vec<&str> = authorizers.iter().map(|(name, _)| *name).collect();
    let is_for_preflight = is_on(auth, "AddDefaultAuthorizerToCorsPreflight");
    for path in document.paths() {
        security::set_default_authorizer(document, &path, name, &scopes, &names, is_for_preflight)?;
    }
    Ok(())
}

/// Lets API Gateway invoke the functions of authorizers.
///
/// # Errors
/// The name of an authorizer makes an id that CloudFormation does not accept.
pub(super) fn add_permissions(
    auth: &Source<'_>,
    resource: &SamResource<'_>,
    expansion: &mut Expansion<'_>,
) -> Result<(), Problem> {
    for (name, authorizer) in authorizers(auth)? {
        let Some(function) = authorizer.filled("FunctionArn") else { continue };
        if authorizer.filled("DisableFunctionDefaultPermissions").is_some() {
            continue;
        }
        let arn = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let logical_id = format!("{}{name}AuthorizerPermission", resource.logical_id);
        let permission = Generated::new(logical_id, "AWS::Lambda::Permission", resource, authorizer.place())
            .attributes(resource.shared_attributes())
            .set("Action", "lambda:InvokeFunction")
            .set_from("FunctionName", Some(function))
            .set("Principal", "apigateway.amazonaws.com")
            .set("SourceArn", substitution_with(arn, "__ApiId__", reference(resource.logical_id)));
        expansion.add(permission)?;
    }
    Ok(())
}

/// The authorizers by name.
fn authorizers<'a>(auth: &Source<'a>) -> Result<Vec<(&'a str, Source<'a>)>, Problem> {
    let Some(authorizers) = auth.filled("Authorizers") else { return Ok(Vec::new()) };
    let authorizers = authorizers.entries()?;
    authorizers.iter().try_for_each(|(_, authorizer)| authorizer::check(authorizer))?;
    Ok(authorizers)
}

/// Whether a setting that is on by default is not switched off.
fn is_on(auth: &Source<'_>, key: &str) -> bool {
    auth.get(key).is_none() || auth.filled(key).is_some()
}
