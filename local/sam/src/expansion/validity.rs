//! What a template must be before anything in it is expanded.

use serde_json::{Map, Value};

use super::resource::SAM;
use super::section;
use crate::problem::Problem;

/// Checks the shape of all resources.
///
/// # Errors
/// There are none, or one of them has parts of the wrong kind.
pub(super) fn check(template: &Map<String, Value>) -> Result<(), Problem> {
    let resources = section(template, "Resources")?;
    if resources.is_empty() {
        return Err(Problem::new("the template has no `Resources`", "give it at least one resource"));
    }
    // What CloudFormation itself expands, such as `Fn::ForEach`, is not a resource yet.
    let mut resources = resources.iter().filter(|(logical_id, _)| !logical_id.starts_with("Fn::"));
    resources.try_for_each(|(logical_id, resource)| check_resource(logical_id, resource))
}

fn check_resource(logical_id: &str, resource: &Value) -> Result<(), Problem> {
    if !resource.is_object() {
        return Err(Problem::new(format!("`{logical_id}` is not a map"), "write it as a map with a `Type`"));
    }
    if !resource["Type"].as_str().is_some_and(|kind| kind.starts_with(SAM)) {
        return Ok(());
    }
    if !logical_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let message = format!("the id `{logical_id}` is not alphanumeric");
        return Err(Problem::new(message, "make it of letters and digits"));
    }
    if resource.get("Properties").is_some_and(|properties| !properties.is_object()) {
        let message = format!("`Properties` of `{logical_id}` is not a map");
        return Err(Problem::new(message, "write it as a map, or remove it"));
    }
    let condition = &resource["Condition"];
    if !condition.is_null() && !condition.is_string() {
        let message = format!("`Condition` of `{logical_id}` is not text");
        return Err(Problem::new(message, "write the name of a condition"));
    }
    Ok(())
}
