//! The usage plan that several REST APIs share.

use serde_json::{Map, Value, json};

use super::resource::SamResource;

/// The condition of the shared plan.
pub(super) const CONDITION: &str = "SharedUsagePlanCondition";

/// The APIs that share a plan.
#[derive(Debug, Default)]
pub(super) struct SharedPlan {
    pub(super) apis: Vec<String>,
    /// The stages as the plan names them.
    pub(super) stages: Vec<Value>,
    /// The stages as the key names them.
    pub(super) stage_keys: Vec<Value>,
    conditions: Vec<String>,
    /// Whether an API exists without a condition, and so the plan does too.
    is_unconditional: bool,
    deletion_policy: Option<Value>,
    update_replace_policy: Option<Value>,
}

impl SharedPlan {
    /// Adds an API and its stage, as the plan names it and as the key does.
    pub(super) fn push(&mut self, api: &str, stage: Value, stage_key: Value) {
        self.apis.push(api.to_owned());
        self.stages.push(stage);
        self.stage_keys.push(stage_key);
    }

    /// Takes over the attributes of one more API. `Retain` wins.
    pub(super) fn take_over(&mut self, resource: &SamResource<'_>) {
        if let Some(policy) = resource.attribute("DeletionPolicy")
            && (self.deletion_policy.is_none() || policy == "Retain")
        {
            self.deletion_policy = Some(policy.clone());
        }
        if let Some(policy) = resource.attribute("UpdateReplacePolicy") {
            let is_stronger = match &self.update_replace_policy {
                None => true,
                Some(existing) => policy == "Retain" || (policy == "Snapshot" && existing == "Delete"),
            };
            if is_stronger {
                self.update_replace_policy = Some(policy.clone());
            }
        }
        match resource.condition() {
            None => self.is_unconditional = true,
            Some(condition) if !self.conditions.iter().any(|existing| existing == condition) => {
                self.conditions.push(condition.to_owned());
            }
            Some(_) => {}
        }
    }

    /// The condition that one of the APIs exists.
    pub(super) fn condition(&self) -> Option<Value> {
        match self.conditions.as_slice() {
            _ if self.is_unconditional => None,
            [] => None,
            // AWS writes the bare name.
            [single] => Some(single.as_str().into()),
            several => {
                let conditions: Vec<_> = several.iter().map(|condition| json!({"Condition": condition})).collect();
                Some(json!({"Fn::Or": conditions}))
            }
        }
    }

    /// The attributes of what the APIs share.
    pub(super) fn attributes(&self) -> Map<String, Value> {
        let condition = self.condition().map(|_| CONDITION.into());
        let attributes = [
            ("DeletionPolicy", self.deletion_policy.clone()),
            ("UpdateReplacePolicy", self.update_replace_policy.clone()),
            ("Condition", condition),
        ];
        attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
