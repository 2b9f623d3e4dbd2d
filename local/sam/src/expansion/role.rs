//! What the generated role of a function or a state machine allows.

use serde_json::{Value, json};

use super::generated::Generated;
use super::place::Place;
use super::resource::SamResource;

/// The policies that a resource's properties and events add to its role, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    /// ARNs.
    pub(super) managed_policies: Vec<Value>,
    /// Maps of `PolicyName` and `PolicyDocument`.
    pub(super) policies: Vec<Value>,
    /// Paths below the role's properties whose value the author wrote, each with its place.
    pub(super) written: Vec<(String, Place)>,
}

impl Role {
    /// Adds a managed policy, unless the role has it.
    pub(super) fn add_managed_policy(&mut self, arn: Value) {
        if !self.managed_policies.contains(&arn) {
            self.managed_policies.push(arn);
        }
    }

    /// The role as a resource, which those in `trust_policy` can take.
    pub(super) fn generate(
        self,
        logical_id: String,
        trust_policy: Value,
        resource: &SamResource<'_>,
        place: &Place,
    ) -> Generated {
        let policies = (!self.policies.is_empty()).then_some(self.policies);
        let role = Generated::new(logical_id, "AWS::IAM::Role", resource, place)
            .set("AssumeRolePolicyDocument", trust_policy)
            .set("ManagedPolicyArns", self.managed_policies)
            .set_some("Policies", policies);
        self.written.iter().fold(role, |role, (path, place)| role.written_at(path, place))
    }
}

/// The policy that lets `service` take a role.
pub(super) fn trust(service: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": [service]}}],
    })
}
