//! A policy document, and whether it allows an action on a resource.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use local_core::wildcard::matches;

/// A policy document (IAM User Guide, "Grammar of the IAM JSON policy language").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    statement: OneOrMany<Statement>,
}

// Conditions and the negated forms are not evaluated: where they could matter, the policy is rejected, not misread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    #[serde(default, rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    #[serde(flatten)]
    unsupported: BTreeMap<String, IgnoredAny>,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl PolicyDocument {
    /// Whether the policy allows `action` on `resource`: a statement allows it and none denies it.
    ///
    /// # Errors
    /// That depends on a key that is not evaluated here, such as `Condition`, or on one that is missing; its name.
    pub fn allows(&self, action: &str, resource: &str) -> Result<bool, &str> {
        let (mut allowed, mut perhaps_allowed, mut perhaps_denied) = (false, None, None);
        for statement in self.statement.as_slice().iter().filter(|statement| statement.may_concern(action, resource)) {
            match (&statement.effect, statement.in_doubt()) {
                (Effect::Deny, None) => return Ok(false),
                (Effect::Allow, None) => allowed = true,
                (Effect::Deny, Some(key)) => perhaps_denied = Some(key),
                (Effect::Allow, Some(key)) => perhaps_allowed = Some(key),
            }
        }
        match (perhaps_denied, perhaps_allowed) {
            (Some(key), _) if allowed => Err(key),
            (_, Some(key)) if !allowed => Err(key),
            _ => Ok(allowed),
        }
    }
}

impl Statement {
    fn may_concern(&self, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let is_action = |pattern: &String| matches(&pattern.to_ascii_lowercase(), &action);
        self.action.as_ref().is_none_or(|actions| actions.as_slice().iter().any(is_action))
            && self.resource.as_ref().is_none_or(|all| all.as_slice().iter().any(|pattern| matches(pattern, resource)))
    }

    /// The key that decides whether the statement applies, and is not evaluated.
    fn in_doubt(&self) -> Option<&str> {
        let missing = || match (&self.action, &self.resource) {
            (None, _) => Some("Action"),
            (_, None) => Some("Resource"),
            _ => None,
        };
        self.unsupported.keys().next().map(String::as_str).or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INVOKE: &str = "execute-api:Invoke";
    const CONNECT: &str = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/$connect";

    #[test]
    fn statements_decide_as_iam_decides() {
        let any = "execute-api:Invoke";
        let table = [
            (json!([{"Effect": "Allow", "Action": any, "Resource": CONNECT}]), true),
            (json!({"Effect": "Allow", "Action": any, "Resource": CONNECT}), true),
            (json!([{"Effect": "Allow", "Action": [any], "Resource": ["nothing", "*"]}]), true),
            (json!([{"Effect": "Allow", "Action": "execute-api:*", "Resource": "arn:aws:execute-api:*/prod/*"}]), true),
            (json!([{"Effect": "Allow", "Action": "EXECUTE-API:invoke", "Resource": "*"}]), true),
            (json!([{"Effect": "Allow", "Action": any, "Resource": "*/$connec?"}]), true),
            (json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:*:abcdef1234/prod/*/*"}]), false),
            (json!([{"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"}]), false),
            (json!([{"Effect": "Deny", "Action": any, "Resource": "*"}]), false),
            (
                json!([{"Effect": "Allow", "Action": any, "Resource": "*"},
                    {"Effect": "Deny", "Action": any, "Resource": "*/$connect"}]),
                false,
            ),
            (
                json!([{"Effect": "Deny", "Action": any, "Resource": "*/other"},
                    {"Effect": "Allow", "Action": any, "Resource": "*"}]),
                true,
            ),
            (json!([]), false),
        ];
        for (statement, allowed) in table {
            let policy: PolicyDocument =
                serde_json::from_value(json!({"Version": "2012-10-17", "Statement": statement})).unwrap();
            assert_eq!(policy.allows(INVOKE, CONNECT), Ok(allowed), "{statement}");
        }
    }

    #[test]
    fn what_is_not_evaluated_is_refused_only_where_it_matters() {
        let yes = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let no = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        let yes_if = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}});
        let no_if = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}});
        let table = [
            (json!([yes_if]), Err("Condition")),
            (json!([no_if]), Ok(false)),
            (json!([no_if, yes]), Err("Condition")),
            (json!([no_if, yes_if]), Err("Condition")),
            (json!([yes_if, yes]), Ok(true)),
            (json!([yes_if, no]), Ok(false)),
            (json!([no_if, yes, no]), Ok(false)),
            (json!([yes, {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {}}]), Ok(true)),
            (json!([yes, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*/other"}]), Ok(true)),
            (json!([yes, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]), Err("NotAction")),
            (json!([{"Effect": "Allow", "Action": "*", "NotResource": "x"}]), Err("NotResource")),
            (json!([{"Effect": "Allow", "Resource": "*"}]), Err("Action")),
            (json!([{"Effect": "Allow", "Action": "*"}]), Err("Resource")),
        ];
        for (statement, expected) in table {
            let policy: PolicyDocument = serde_json::from_value(json!({"Statement": statement})).unwrap();
            assert_eq!(policy.allows(INVOKE, CONNECT), expected, "{statement}");
        }
    }

    #[test]
    fn a_policy_that_is_none_is_refused() {
        let table = [
            json!({}),
            json!({"Statement": "x"}),
            json!({"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": 1, "Resource": "*"}]}),
        ];
        for policy in table {
            assert!(serde_json::from_value::<PolicyDocument>(policy.clone()).is_err(), "{policy}");
        }
    }
}
