//! The roles of state machines and their events.

use serde_json::Value;

use super::super::role::{Role, assumed_by};
use crate::expansion::generated::Generated;
use crate::expansion::policies;
use crate::expansion::resource::SamResource;
use crate::problem::Problem;

/// The policy that lets a state machine write traces.
const TRACING_POLICY: &str = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess";

/// The role that the state machine runs with.
pub(super) fn execution_role(resource: &SamResource<'_>, tags: Option<Value>) -> Result<Generated, Problem> {
    let logical_id = format!("{}Role", resource.logical_id);
    let mut role = Role::default();
    policies::add(resource.properties.filled("Policies"), &logical_id, &mut role)?;
    if resource.get("Tracing").and_then(|tracing| tracing.get("Enabled")).is_some_and(|enabled| enabled.is_true()) {
        role.add_managed_policy(TRACING_POLICY.into());
    }
    Ok(Generated::new(logical_id, "AWS::IAM::Role", resource, resource.properties.place())
        .attributes(resource.shared_attributes())
        .set("AssumeRolePolicyDocument", assumed_by("states.amazonaws.com"))
        .set("ManagedPolicyArns", role.managed_policies)
        .set_some("Policies", (!role.policies.is_empty()).then_some(role.policies))
        .set_from("Path", resource.get("RolePath"))
        .set_from("PermissionsBoundary", resource.get("PermissionsBoundary"))
        .set_some("Tags", tags))
}
