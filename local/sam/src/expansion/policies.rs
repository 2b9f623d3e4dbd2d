//! `Policies` of a function or a state machine: managed policies, policy documents and policy templates.

use serde_json::{Value, json};

use super::role::Role;
use super::source::Source;
use super::{managed_policies, policy_templates};
use crate::problem::Problem;

/// What a policy is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A name or an ARN.
    Managed,
    Document,
    /// The call of a policy template.
    Template,
    Unknown,
}

/// Adds `policies` to the role with the id `role_id`.
///
/// # Errors
/// A policy is malformed, or the kind that an `Fn::If` chooses depends on its condition.
pub(super) fn add(policies: Option<Source<'_>>, role_id: &str, role: &mut Role) -> Result<(), Problem> {
    let policies = policies.map(|policies| policies.items_or_self()).unwrap_or_default();
    for (index, policy) in policies.iter().enumerate() {
        let named = |document| json!({"PolicyName": format!("{role_id}Policy{index}"), "PolicyDocument": document});
        let document = match kind_of(policy)? {
            Kind::Managed => {
                let arn = convert(policy, |name| Ok(managed(name.value())))?;
                if !role.managed_policies.contains(&arn) {
                    let path = format!("ManagedPolicyArns[{}]", role.managed_policies.len());
                    role.written.push((path, policy.place().clone()));
                    role.managed_policies.push(arn);
                }
                continue;
            }
            Kind::Document => convert(policy, |document| Ok(named(document.value().clone())))?,
            Kind::Template => convert(policy, |call| policy_templates::convert(call).map(named))?,
            Kind::Unknown => {
                let hint = "write the name of a managed policy, a policy template, or a map with `Statement`";
                return Err(policy.problem("is not a policy", hint));
            }
        };
        let is_choice = policy.choice()?.is_some();
        let document_path = if is_choice { "" } else { ".PolicyDocument" };
        role.written.push((format!("Policies[{}]{document_path}", role.policies.len()), policy.place().clone()));
        role.policies.push(document);
    }
    Ok(())
}

/// What `policy` is, which is that of both values of an `Fn::If`.
fn kind_of(policy: &Source<'_>) -> Result<Kind, Problem> {
    if let Some([_, then, otherwise]) = policy.choice()? {
        let kinds = (kind_of(&then)?, kind_of(&otherwise)?);
        return match kinds {
            (one, other) if one == other || otherwise.is_no_value() => Ok(one),
            (_, other) if then.is_no_value() => Ok(other),
            _ => Err(policy.problem("chooses between different kinds of policies", "write an `Fn::If` for each kind")),
        };
    }
    Ok(match policy.value() {
        Value::String(_) => Kind::Managed,
        _ if policy.is_intrinsic() => Kind::Managed,
        Value::Object(object) if object.contains_key("Statement") => Kind::Document,
        call if policy_templates::is_call(call) => Kind::Template,
        _ => Kind::Unknown,
    })
}

/// The policy as `convert_one` leaves it, or an `Fn::If` with both of its values converted.
fn convert(policy: &Source<'_>, convert_one: impl Fn(&Source<'_>) -> Result<Value, Problem>) -> Result<Value, Problem> {
    let Some([condition, then, otherwise]) = policy.choice()? else { return convert_one(policy) };
    let convert = |value: &Source<'_>| match value.is_no_value() {
        true => Ok(value.value().clone()),
        false => convert_one(value),
    };
    Ok(json!({"Fn::If": [condition.value(), convert(&then)?, convert(&otherwise)?]}))
}

/// A managed policy, whose name becomes its ARN.
fn managed(name: &Value) -> Value {
    name.as_str().map_or_else(|| name.clone(), managed_policies::find)
}
