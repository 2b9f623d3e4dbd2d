//! Tags, which SAM writes as a map and CloudFormation as a list.

use serde_json::{Map, Value, json};

use super::resource::SamResource;
use super::source::Source;
use super::state::Expansion;
use crate::problem::Problem;

/// Keys that are SAM's own.
const RESERVED: [&str; 3] = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/// The types that `PropagateTags` of a function or a state machine gives tags to.
const TAGGED: [&str; 7] = [
    "AWS::IAM::Role",
    "AWS::IoT::TopicRule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
];

/// The map of `added` tags followed by the author's. Those that are null are empty.
///
/// # Errors
/// The author's tags are not a map, or one of them is SAM's own.
pub(super) fn map(added: &[(&str, &str)], tags: Option<&Source<'_>>) -> Result<Map<String, Value>, Problem> {
    let mut all: Map<String, Value> = added.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    for (key, value) in tags.map_or(Ok(None), |tags| tags.map().map(Some))?.into_iter().flatten() {
        if RESERVED.contains(&key.as_str()) {
            let message = format!(
                "{} has the tag `{key}`, which SAM sets itself",
                tags.map_or_else(String::new, |tags| tags.place().to_string())
            );
            return Err(Problem::new(message, "remove the tag"));
        }
        all.insert(key.clone(), if value.is_null() { "".into() } else { value.clone() });
    }
    Ok(all)
}

/// The same as a list of `{Key, Value}`; `None` if it is empty.
///
/// # Errors
/// As for [`map`].
pub(super) fn list(added: &[(&str, &str)], tags: Option<&Source<'_>>) -> Result<Option<Value>, Problem> {
    let tags: Vec<Value> = map(added, tags)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok((!tags.is_empty()).then(|| tags.into()))
}

/// Gives what is generated from `resource` the author's tags, if `PropagateTags` says so. They replace SAM's own.
///
/// # Errors
/// As for [`map`].
pub(super) fn propagate(resource: &SamResource<'_>, expansion: &mut Expansion<'_>) -> Result<(), Problem> {
    let (Some(_), Some(tags)) = (resource.filled("PropagateTags"), resource.filled("Tags")) else { return Ok(()) };
    let Some(tags) = list(&[], Some(&tags))? else { return Ok(()) };
    for (logical_id, kind) in expansion.generated_from(resource.logical_id) {
        if TAGGED.contains(&kind.as_str()) {
            expansion.set_property(&logical_id, "Tags", tags.clone());
        }
    }
    Ok(())
}

/// The tags that everything generated from `resource` has, as a list: with `PropagateTags` its own.
///
/// # Errors
/// As for [`map`].
pub(super) fn propagated(resource: &SamResource<'_>) -> Result<Option<Value>, Problem> {
    match resource.properties.filled("PropagateTags") {
        Some(_) => list(&[], resource.get("Tags").as_ref()),
        None => Ok(None),
    }
}

/// The author's tags as a list, also those whose keys are SAM's own; `None` if there are none.
///
/// # Errors
/// They are not a map.
pub(super) fn written(tags: Option<&Source<'_>>) -> Result<Option<Value>, Problem> {
    let Some(tags) = tags else { return Ok(None) };
    let tags = tags.map()?.iter().map(|(key, value)| {
        let value = if value.is_null() { "".into() } else { value.clone() };
        json!({"Key": key, "Value": value})
    });
    let tags: Vec<Value> = tags.collect();
    Ok((!tags.is_empty()).then(|| tags.into()))
}
