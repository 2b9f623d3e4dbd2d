//! Events of the type `Api` of state machines.

use serde_json::{Value, json};

use super::{Event, Started, starting_role};
use crate::expansion::rest_events;
use crate::expansion::state::Expansion;
use crate::intrinsic::{attribute, substitution};
use crate::problem::Problem;

/// The service that calls.
const PRINCIPAL: &str = "apigateway.amazonaws.com";

/// Generates the role that lets the API start the state machine, and adds the method to the API.
pub(super) fn expand<'s>(event: &Event<'s, Started>, expansion: &mut Expansion<'s>) -> Result<(), Problem> {
    let role = starting_role(event, PRINCIPAL)?;
    let integration = integration(event, &role.logical_id);
    expansion.add(role)?;
    let responses = json!({"200": {"description": "OK"}, "400": {"description": "Bad Request"}});
    rest_events::add_integration(&event.properties, &integration, &responses, event.resource.condition(), expansion)
}

/// The integration that passes the body of a request to an execution.
fn integration(event: &Event<'_, Started>, role: &str) -> Value {
    let machine = event.resource.logical_id;
    let is_unescaped = event.properties.filled("UnescapeMappingTemplate").is_some();
    let input = if is_unescaped {
        r#"$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")"#
    } else {
        "$util.escapeJavaScript($input.json('$'))"
    };
    let template = format!(r#"{{"input": "{input}", "stateMachineArn": "${{{machine}}}"}}"#);
    json!({
        "type": "aws",
        "httpMethod": "POST",
        "uri": substitution("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution"),
        "credentials": attribute(role, "Arn"),
        "requestTemplates": {"application/json": substitution(template)},
        "responses": {"200": {"statusCode": "200"}, "400": {"statusCode": "400"}},
    })
}
