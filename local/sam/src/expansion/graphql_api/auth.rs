//! Who may call a GraphQL API.

use serde_json::{Map, Value, json};

use super::part::GraphQlApi;
use crate::expansion::generated::Generated;
use crate::expansion::place::Place;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, reference};
use crate::problem::Problem;

/// Types of authorization with the property that configures them, and its name in CloudFormation.
const TYPES: [(&str, Option<(&str, &str)>); 5] = [
    ("AWS_IAM", None),
    ("API_KEY", None),
    ("AWS_LAMBDA", Some(("LambdaAuthorizer", "LambdaAuthorizerConfig"))),
    ("OPENID_CONNECT", Some(("OpenIDConnect", "OpenIDConnectConfig"))),
    ("AMAZON_COGNITO_USER_POOLS", Some(("UserPool", "UserPoolConfig"))),
];

/// Sets the authorization of the generated `api`, and lets it invoke its authorizers.
pub(super) fn set(
    mut api: Generated,
    source: &GraphQlApi<'_, '_>,
    expansion: &mut Expansion<'_>,
) -> Result<Generated, Problem> {
    let auth = source.resource.properties.require("Auth")?;
    let mut functions = Vec::new();
    for (name, value) in provider(&auth, false, &mut functions, expansion)? {
        api = api.set(&name, value);
    }
    let mut additional = Vec::new();
    for one in auth.get("Additional").map(|all| all.items()).transpose()?.into_iter().flatten() {
        additional.push(Value::Object(provider(&one, true, &mut functions, expansion)?));
    }
    for (index, (function, place)) in functions.iter().enumerate() {
        let logical_id = source.resource.logical_id;
        let connector = json!({
            "Source": {
                "Type": "AWS::AppSync::GraphQLApi",
                "Arn": reference(logical_id),
                "ResourceId": attribute(logical_id, "ApiId"),
            },
            "Destination": {"Type": "AWS::Lambda::Function", "Arn": function},
            "Permissions": ["Write"],
        });
        source.connect(&format!("ToLambdaAuthConnector{}", index + 1), place, &connector, expansion)?;
    }
    let api = api.written_at("AuthenticationType", &auth.place().below("Type"));
    Ok(api.set_some("AdditionalAuthenticationProviders", (!additional.is_empty()).then_some(additional)))
}

/// `AuthenticationType` and its configuration. Adds the function of an authorizer to `functions`.
fn provider(
    auth: &Source<'_>,
    is_additional: bool,
    functions: &mut Vec<(Value, Place)>,
    expansion: &mut Expansion<'_>,
) -> Result<Map<String, Value>, Problem> {
    let kind = auth.require("Type")?;
    let text = kind.text()?;
    let Some((_, configuration)) = TYPES.iter().find(|(known, _)| *known == text) else {
        let known = TYPES.map(|(known, _)| format!("`{known}`")).join(", ");
        return Err(kind.problem(&format!("is `{text}`"), &format!("write one of {known}")));
    };
    let mut configurations = 0;
    for (name, _) in auth.entries()? {
        if TYPES.iter().any(|(_, configuration)| configuration.is_some_and(|(known, _)| known == name)) {
            configurations += 1;
        } else if name != "Type" && (is_additional || name != "Additional") {
            expansion.warn(format!("SAM rejects `{name}` of {}: it does not know the property", auth.place()));
        }
    }
    if configurations > 1 {
        return Err(auth.problem("configures more than one type of authorization", "keep that of `Type`"));
    }
    let mut provider = Map::from_iter([("AuthenticationType".to_owned(), text.into())]);
    if let Some((name, generated)) = configuration {
        let configuration = auth.require(name)?;
        let mut value = configuration.map()?.clone();
        value.retain(|_, value| !value.is_null());
        match *name {
            "LambdaAuthorizer" => {
                let function = configuration.require("AuthorizerUri")?;
                functions.push((function.value().clone(), function.place().clone()));
            }
            "UserPool" => {
                configuration.require("UserPoolId")?;
                if is_additional {
                    value.shift_remove("DefaultAction");
                }
            }
            _ => {}
        }
        provider.insert((*generated).to_owned(), value.into());
    }
    Ok(provider)
}
