//! The routes of a SAM WebSocket API: each has a route, an integration and an invoke permission.

use serde_json::{Value, json};

use super::authorization::{Authorization, CONNECT};
use crate::expansion::generated::Generated;
use crate::expansion::invoked::invoke_uri;
use crate::expansion::resource::SamResource;
use crate::expansion::source::Source;
use crate::expansion::state::Expansion;
use crate::intrinsic::{reference, substitution, substitution_with};
use crate::problem::Problem;

/// The route keys that are not alphanumeric.
const SPECIAL: [&str; 3] = [CONNECT, "$disconnect", "$default"];

/// An entry of `Routes`.
pub(super) struct Route<'r> {
    /// The API.
    pub(super) resource: &'r SamResource<'r>,
    /// The route key.
    pub(super) key: &'r str,
    pub(super) route: &'r Source<'r>,
    /// The stage's name, which may be an intrinsic.
    pub(super) stage: &'r Value,
}

impl Route<'_> {
    /// Generates the three resources, and returns the id of the `AWS::ApiGatewayV2::Route`.
    pub(super) fn expand(
        &self,
        authorization: &Authorization,
        expansion: &mut Expansion<'_>,
    ) -> Result<String, Problem> {
        let beginning = format!("{}{}", self.resource.logical_id, self.name()?);
        let id = format!("{beginning}Route");
        let integration = format!("{beginning}Integration");
        let function = self.route.require("FunctionArn")?;
        let route = self.route(&id, &integration)?;
        expansion.add(if self.key == CONNECT { authorization.protect(route, self.resource) } else { route })?;
        expansion.add(self.integration(integration, &function))?;
        expansion.add(self.permission(format!("{beginning}Permission"), &function))?;
        Ok(id)
    }

    /// The route key in ids: only its first letter is a capital.
    fn name(&self) -> Result<String, Problem> {
        let name = self.key.trim_start_matches('$');
        let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain || name != self.key && !SPECIAL.contains(&self.key) {
            let message = format!("has the route key `{}`, which is not alphanumeric", self.key);
            let hint = "make it of letters and digits, or write the API as `AWS::ApiGatewayV2` resources";
            return Err(self.resource.properties.require("Routes")?.problem(&message, hint));
        }
        let (first, rest) = name.split_at(1);
        Ok(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
    }

    fn generated(&self, id: impl Into<String>, kind: &'static str) -> Generated {
        Generated::new(id, kind, self.resource, self.route.place())
    }

    fn route(&self, id: &str, integration: &str) -> Result<Generated, Problem> {
        if let Some(parameters) = self.route.get("RequestParameters").filter(|_| self.key != CONNECT) {
            return Err(parameters.problem("is only possible for `$connect`", "remove it"));
        }
        let unchanged = [
            "ApiKeyRequired",
            "ModelSelectionExpression",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RouteResponseSelectionExpression",
        ];
        Ok(self
            .generated(id, "AWS::ApiGatewayV2::Route")
            .set("ApiId", reference(self.resource.logical_id))
            .set("RouteKey", self.key)
            .set("Target", json!({"Fn::Join": ["/", ["integrations", reference(integration)]]}))
            .copy(self.route, &unchanged))
    }

    fn integration(&self, id: String, function: &Source<'_>) -> Generated {
        self.generated(id, "AWS::ApiGatewayV2::Integration")
            .set("ApiId", reference(self.resource.logical_id))
            .set("IntegrationType", "AWS_PROXY")
            .set("IntegrationUri", invoke_uri("FunctionArn", function.value()))
            .written_at("IntegrationUri", function.place())
            .set_from("TimeoutInMillis", self.route.get("IntegrationTimeout"))
    }

    fn permission(&self, id: String, function: &Source<'_>) -> Generated {
        let api = format!(
            "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}.ApiId}}",
            self.resource.logical_id
        );
        let key = self.key;
        let source = match self.stage.as_str() {
            Some(stage) => substitution(format!("{api}/{stage}/{key}")),
            None => substitution_with(format!("{api}/${{__StageName__}}/{key}"), "__StageName__", self.stage.clone()),
        };
        self.generated(id, "AWS::Lambda::Permission")
            .set("Action", "lambda:InvokeFunction")
            .set_from("FunctionName", Some(function.clone()))
            .set("Principal", "apigateway.amazonaws.com")
            .set("SourceArn", source)
    }
}
