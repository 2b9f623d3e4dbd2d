//! Events of the type `S3`: a notification of a bucket of the template.

use serde_json::{Map, Value, json};

use super::author;
use super::permission::permission;
use crate::expansion::event::Event;
use crate::expansion::place::Place;
use crate::expansion::schema::{self, Kind, Property, optional, required};
use crate::expansion::state::Expansion;
use crate::expansion::tags;
use crate::intrinsic::{only_if, reference};
use crate::problem::Problem;

const PROPERTIES: [Property; 3] =
    [required("Bucket", Kind::Text), required("Events", Kind::TextOrList), optional("Filter", Kind::Map)];

/// Generates the permission, and changes the bucket.
pub(super) fn expand(event: &Event<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    schema::check(&event.properties, &[&PROPERTIES], expansion)?;
    let bucket_id = author::find(&event.properties.require("Bucket")?, "AWS::S3::Bucket", expansion)?;
    let permission = permission(event, "s3.amazonaws.com").set("SourceAccount", reference("AWS::AccountId"));
    let notifications = notifications(event)?;
    let propagated = tags::propagated(&event.resource)?;
    if let Some(bucket) = expansion.resource_mut(bucket_id) {
        let place = Place::resource(bucket_id);
        match event.resource.condition() {
            Some(condition) => wait_if(condition, &permission.logical_id, bucket, &place)?,
            None => wait(&permission.logical_id, bucket, bucket_id)?,
        }
        let properties = author::map(bucket, "Properties", &place)?;
        notify(notifications, properties, &place)?;
        if let Some(tags) = propagated {
            properties.insert("Tags".to_owned(), tags);
        }
    }
    expansion.add(permission)
}

/// What the bucket's `LambdaConfigurations` gain.
fn notifications(event: &Event<'_>) -> Result<Vec<Value>, Problem> {
    let mut notifications = Vec::new();
    for kind in event.properties.require("Events")?.items_or_self() {
        let mut notification = Map::from_iter([("Function".to_owned(), event.invoked.arn())]);
        if let Some(filter) = event.properties.get("Filter") {
            notification.insert("Filter".to_owned(), filter.value().clone());
        }
        notification.insert("Event".to_owned(), kind.text()?.into());
        notifications.push(match event.resource.condition() {
            Some(condition) => only_if(condition, notification.into()),
            None => notification.into(),
        });
    }
    Ok(notifications)
}

fn notify(notifications: Vec<Value>, properties: &mut Map<String, Value>, place: &Place) -> Result<(), Problem> {
    let place = place.below("NotificationConfiguration");
    let configuration = author::map(properties, "NotificationConfiguration", &place)?;
    let place = place.below("LambdaConfigurations");
    let configurations = author::list(configuration, "LambdaConfigurations", &place)?;
    for notification in notifications {
        if !configurations.contains(&notification) {
            configurations.push(notification);
        }
    }
    Ok(())
}

/// Lets the bucket wait for the permission, without which S3 rejects the notification.
fn wait(permission_id: &str, bucket: &mut Map<String, Value>, bucket_id: &str) -> Result<(), Problem> {
    let mut dependencies = match bucket.remove("DependsOn") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(dependencies)) => dependencies,
        Some(dependency @ Value::String(_)) => vec![dependency],
        Some(_) => {
            let message = format!("`DependsOn` of `{bucket_id}` is not text or a list");
            return Err(Problem::new(message, "name the resources that it waits for"));
        }
    };
    if !dependencies.iter().any(|dependency| dependency == permission_id) {
        dependencies.push(permission_id.into());
    }
    bucket.insert("DependsOn".to_owned(), dependencies.into());
    Ok(())
}

/// The same by a tag: `DependsOn` cannot have a condition.
fn wait_if(
    condition: &str,
    permission_id: &str,
    bucket: &mut Map<String, Value>,
    place: &Place,
) -> Result<(), Problem> {
    let properties = author::map(bucket, "Properties", place)?;
    let tags = author::list(properties, "Tags", &place.below("Tags"))?;
    let dependency = json!({"Fn::If": [condition, reference(permission_id), "no dependency"]});
    tags.push(json!({"Key": format!("sam:ConditionalDependsOn:{permission_id}"), "Value": dependency}));
    Ok(())
}
