//! Events of the type `IoTRule`: a rule for messages of devices.

use serde_json::json;

use super::permission::permission;
use crate::expansion::event::Event;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::expansion::tags;
use crate::intrinsic::{reference, substitution, substitution_with};
use crate::problem::Problem;

const PROPERTIES: [Property; 2] = [required("Sql", Kind::Text), optional("AwsIotSqlVersion", Kind::Text)];

/// Generates the rule and its permission.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let sql = event.properties.require("Sql")?;
    let mut payload = json!({
        "Sql": sql.value(),
        "RuleDisabled": false,
        "Actions": [{"Lambda": {"FunctionArn": event.invoked.arn()}}],
    });
    let mut rule = event.generate("", "AWS::IoT::TopicRule").written_at("TopicRulePayload.Sql", sql.place());
    if let Some(version) = event.properties.filled("AwsIotSqlVersion") {
        payload["AwsIotSqlVersion"] = version.value().clone();
        rule = rule.written_at("TopicRulePayload.AwsIotSqlVersion", version.place());
    }
    let arn = "arn:aws:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}";
    let permission = permission(event, "iot.amazonaws.com")
        .set("SourceArn", substitution_with(arn, "RuleName", reference(&event.id)))
        .set("SourceAccount", substitution("${AWS::AccountId}"));
    expansion.add(permission)?;
    expansion.add(rule.set("TopicRulePayload", payload).set_some("Tags", tags::propagated(&event.resource)?))
}
