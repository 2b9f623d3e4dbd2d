//! What the generated role of a function allows.

use serde_json::Value;

/// The policies that a function's properties and events add to its role, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    /// ARNs.
    pub(super) managed_policies: Vec<Value>,
    /// Maps of `PolicyName` and `PolicyDocument`.
    pub(super) policies: Vec<Value>,
}
