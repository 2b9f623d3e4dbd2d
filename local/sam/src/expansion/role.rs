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

    /// Adds a policy unless the role has one that allows the same.
    pub(super) fn add(&mut self, policy: Value) {
        if !self.policies.iter().any(|known| known["PolicyDocument"] == policy["PolicyDocument"]) {
            self.policies.push(policy);
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

/// The document that lets `service` assume a role.
pub(super) fn assumed_by(service: &str) -> Value {
    let statement = json!({"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}});
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// A policy of a role.
pub(super) fn policy(name: impl Into<String>, statements: Vec<Value>) -> Value {
    json!({"PolicyName": name.into(), "PolicyDocument": {"Statement": statements}})
}

/// A statement that allows `action`, which is one or a list of several, on `resource`.
pub(super) fn allow(action: impl Into<Value>, resource: Value) -> Value {
    json!({"Action": action.into(), "Effect": "Allow", "Resource": resource})
}
