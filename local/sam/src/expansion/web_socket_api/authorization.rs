//! `Auth` of a SAM WebSocket API: the authorization of its `$connect` route.

use crate::expansion::generated::Generated;
use crate::expansion::invoked::invoke_uri;
use crate::expansion::resource::SamResource;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{reference, substitution_with};
use crate::problem::Problem;

/// The route whose authorization protects the connection.
pub(super) const CONNECT: &str = "$connect";

/// How the `$connect` route is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authorization {
    /// There is no `Auth`.
    Unspecified,
    None,
    Iam,
    /// A Lambda authorizer.
    Custom,
}

impl Authorization {
    /// Reads `Auth`, which may be missing.
    ///
    /// # Errors
    /// The API has no `$connect` route to protect, or the properties do not fit the type.
    pub(super) fn of(auth: &Source<'_>, routes: &Source<'_>) -> Result<Self, Problem> {
        if auth.value().as_object().is_none_or(serde_json::Map::is_empty) {
            return Ok(Self::Unspecified);
        }
        if routes.get(CONNECT).is_none() {
            return Err(auth.problem("needs a `$connect` route", "add `$connect` to `Routes`"));
        }
        let kind = auth.require("AuthType")?;
        let authorization = match kind.text()? {
            "NONE" => Self::None,
            "AWS_IAM" => Self::Iam,
            "CUSTOM" => {
                auth.require("AuthArn")?;
                return Ok(Self::Custom);
            }
            other => return Err(kind.problem(&format!("is `{other}`"), "write `NONE`, `CUSTOM` or `AWS_IAM`")),
        };
        match auth.entries()?.into_iter().find(|(name, _)| *name != "AuthType") {
            Some((_, surplus)) => Err(surplus.problem("is only possible with the `AuthType` `CUSTOM`", "remove it")),
            None => Ok(authorization),
        }
    }

    /// The `$connect` route with its authorization.
    pub(super) fn protect(self, route: Generated, resource: &SamResource<'_>) -> Generated {
        match self {
            Self::Unspecified => route,
            Self::None => route.set("AuthorizationType", "NONE"),
            Self::Iam => route.set("AuthorizationType", "AWS_IAM"),
            Self::Custom => {
                route.set("AuthorizationType", "CUSTOM").set("AuthorizerId", reference(&authorizer_id(resource)))
            }
        }
    }

    /// Generates the authorizer, and the permission to invoke its function unless a role invokes it.
    pub(super) fn expand(
        self,
        resource: &SamResource<'_>,
        auth: &Source<'_>,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Problem> {
        if self != Self::Custom {
            return Ok(());
        }
        let function = auth.require("AuthArn")?;
        let id = authorizer_id(resource);
        let authorizer = Generated::new(id.as_str(), "AWS::ApiGatewayV2::Authorizer", resource, auth.place())
            .set("ApiId", reference(resource.logical_id))
            .set("AuthorizerType", "REQUEST")
            .set("AuthorizerUri", invoke_uri("AuthArn", function.value()))
            .written_at("AuthorizerUri", function.place())
            .copy(auth, &["IdentitySource"])
            .set_from("AuthorizerCredentialsArn", auth.get("InvokeRole"))
            .set("Name", id)
            .copy(auth, &["Name"]);
        expansion.add(authorizer)?;
        if auth.get("InvokeRole").is_some() {
            return Ok(());
        }
        let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let id = format!("{}AuthorizerPermission", resource.logical_id);
        let permission = Generated::new(id, "AWS::Lambda::Permission", resource, auth.place())
            .set("Action", "lambda:InvokeFunction")
            .set_from("FunctionName", Some(function))
            .set("Principal", "apigateway.amazonaws.com")
            .set("SourceArn", substitution_with(arn, "__ApiId__", reference(resource.logical_id)));
        expansion.add(permission)
    }
}

fn authorizer_id(resource: &SamResource<'_>) -> String {
    format!("{}ConnectAuthorizer", resource.logical_id)
}
