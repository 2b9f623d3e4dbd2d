//! Permissions of services to invoke functions.

use crate::expansion::event::Event;
use crate::expansion::generated::Generated;

/// The permission of the service `principal` to invoke the function for this event.
pub(super) fn permission(event: &Event<'_>, principal: &str) -> Generated {
    named_permission(event, format!("{}Permission", event.id), principal)
}

/// The same under an id of its own.
pub(super) fn named_permission(event: &Event<'_>, logical_id: String, principal: &str) -> Generated {
    event
        .generate_named(logical_id, "AWS::Lambda::Permission")
        .set("Action", "lambda:InvokeFunction")
        .set("FunctionName", event.invoked.name())
        .set("Principal", principal)
}
