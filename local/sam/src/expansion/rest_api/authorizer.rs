//! An entry of `Authorizers`: a function or a user pool that decides who may call methods.

use serde_json::{Value, json};

use crate::expansion::source::{Source, is_filled};
use crate::intrinsic::substitution_with;
use crate::problem::Problem;
use crate::scalar::scalar_text;

/// What a request authorizer finds callers by: keys of `Identity`, and what they are in a document.
const IDENTITY: [(&str, &str); 4] = [
    ("Headers", "method.request.header."),
    ("QueryStrings", "method.request.querystring."),
    ("StageVariables", "stageVariables."),
    ("Context", "context."),
];

/// Where a definition has what API Gateway needs.
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

/// Checks an authorizer.
///
/// # Errors
/// It is not valid.
pub(super) fn check(authorizer: &Source<'_>) -> Result<(), Problem> {
    authorizer.map()?;
    if let Some(kind) = authorizer.get("FunctionPayloadType")
        && !["TOKEN", "REQUEST"].iter().any(|known| kind.value() == *known)
    {
        return Err(kind.problem("is not a payload that API Gateway knows", "write `TOKEN` or `REQUEST`"));
    }
    if is_request(authorizer) && lacks_identity(authorizer)? {
        let hint = "give `Identity` one of `Headers`, `QueryStrings`, `StageVariables` or `Context`";
        return Err(authorizer.problem("does not say what identifies a caller", hint));
    }
    if let Some(scopes) = authorizer.get("AuthorizationScopes") {
        scopes.items()?;
    }
    match authorizer.get("DisableFunctionDefaultPermissions") {
        Some(disabled) if !disabled.value().is_boolean() => Err(disabled.must_be("`true` or `false`")),
        _ => Ok(()),
    }
}

/// The definition of an authorizer in a document.
///
/// # Errors
/// Its `Identity` is not valid.
pub(super) fn definition(authorizer: &Source<'_>) -> Result<Value, Problem> {
    let identity = authorizer.filled("Identity");
    if let Some(identity) = &identity {
        identity.map()?;
    }
    let identity_value = |key| identity.as_ref()?.filled(key).map(|value| value.value().clone());
    let header = identity_value("Header").unwrap_or_else(|| "Authorization".into());
    let expression = identity_value("ValidationExpression");
    let (kind, name, mut definition) = match authorizer.filled("UserPoolArn") {
        Some(pools) => {
            let arns: Value = match pools.value() {
                Value::Array(_) => pools.value().clone(),
                single => json!([single]),
            };
            ("cognito_user_pools", header, json!({"type": "cognito_user_pools", "providerARNs": arns}))
        }
        None => ("custom", if is_request(authorizer) { "Unused".into() } else { header }, function(authorizer)?),
    };
    if let Some(expression) = expression.filter(|_| kind == "cognito_user_pools" || !is_request(authorizer)) {
        definition["identityValidationExpression"] = expression;
    }
    let mut scheme = json!({"type": "apiKey", "name": name, "in": "header", "x-amazon-apigateway-authtype": kind});
    scheme[AUTHORIZER] = definition;
    Ok(scheme)
}

/// What API Gateway needs to call the function of an authorizer.
fn function(authorizer: &Source<'_>) -> Result<Value, Problem> {
    let arn = authorizer.get("FunctionArn").map_or(Value::Null, |arn| arn.value().clone());
    let uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    let mut definition = json!({
        "type": if is_request(authorizer) { "request" } else { "token" },
        "authorizerUri": substitution_with(uri, "__FunctionArn__", arn),
    });
    let identity = authorizer.get("Identity");
    if let Some(seconds) = identity.as_ref().and_then(|identity| identity.get("ReauthorizeEvery")) {
        definition["authorizerResultTtlInSeconds"] = seconds.value().clone();
    }
    let role = authorizer.filled("FunctionInvokeRole").filter(|role| role.value() != "NONE");
    if let Some(role) = role {
        definition["authorizerCredentials"] = role.value().clone();
    }
    if is_request(authorizer) {
        let source = identity.as_ref().map_or(Ok(String::new()), identity_source)?;
        if !source.is_empty() {
            definition["identitySource"] = source.into();
        }
    }
    Ok(definition)
}

fn identity_source(identity: &Source<'_>) -> Result<String, Problem> {
    let mut sources = Vec::new();
    for (key, prefix) in IDENTITY {
        for name in identity.filled(key).map_or(Ok(Vec::new()), |names| names.items())? {
            sources.push(format!("{prefix}{}", name.text()?));
        }
    }
    Ok(sources.join(", "))
}

fn is_request(authorizer: &Source<'_>) -> bool {
    authorizer.value()["FunctionPayloadType"] == "REQUEST"
}

/// Whether a request authorizer has nothing to find callers by. Without caching it needs nothing.
fn lacks_identity(authorizer: &Source<'_>) -> Result<bool, Problem> {
    let Some(identity) = authorizer.filled("Identity") else { return Ok(true) };
    let identity = identity.map()?;
    let is_missing = IDENTITY.iter().all(|(key, _)| !identity.get(*key).is_some_and(is_filled));
    let seconds = identity.get("ReauthorizeEvery").and_then(scalar_text).and_then(|text| text.parse::<i64>().ok());
    Ok(is_missing && seconds.is_none_or(|seconds| seconds > 0))
}
