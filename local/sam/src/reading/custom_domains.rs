//! Whether an API can be reached at all.

use super::stack::Stack;
use crate::evaluation::Node;
use crate::problem::Problem;
use crate::resource_types::API_MAPPING;

/// Whether the API with `properties` has neither its own endpoint nor a custom domain that leads to it.
pub(super) fn is_unreachable(properties: &Node<'_>, api_id: &str, stack: Stack<'_>) -> Result<bool, Problem> {
    let disables = match properties.get("DisableExecuteApiEndpoint")? {
        Some(disables) => disables.boolean()?,
        None => false,
    };
    if !disables {
        return Ok(false);
    }
    for (logical_id, resource) in stack.of_types(&[API_MAPPING]) {
        // One whose API has no value here may lead to this one.
        if stack.properties(logical_id, resource)?.text_at("ApiId").is_ok_and(|id| id.as_deref() != Some(api_id)) {
            continue;
        }
        return Ok(false);
    }
    Ok(true)
}
