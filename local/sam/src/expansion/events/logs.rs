//! Events of the type `CloudWatchLogs`: a filter of a log group.

use serde_json::json;

use super::permission::permission;
use crate::expansion::event::Event;
use crate::expansion::schema::{self, Kind, Property, required};
use crate::expansion::state::Expansion;
use crate::intrinsic::substitution_with;
use crate::problem::Problem;

const PROPERTIES: [Property; 2] = [required("LogGroupName", Kind::Text), required("FilterPattern", Kind::Text)];

/// Generates the filter and its permission.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let group = event.properties.require("LogGroupName")?;
    let arn = "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*";
    let permission = permission(event, "logs.amazonaws.com")
        .written_at("SourceArn", group.place())
        .set("SourceArn", substitution_with(arn, "__LogGroupName__", group.value().clone()));
    let filter = event
        .generate("", "AWS::Logs::SubscriptionFilter")
        .attribute("DependsOn", json!([permission.logical_id]))
        .copy(&event.properties, &["LogGroupName", "FilterPattern"])
        .set("DestinationArn", event.invoked.arn());
    expansion.add(permission)?;
    expansion.add(filter)
}
