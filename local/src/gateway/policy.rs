//! Evaluates the policy that an authorizer returns, as far as API Gateway's own use of policies goes.

use serde::Deserialize;

/// The action that a client needs.
const INVOKE: &str = "execute-api:Invoke";

/// A policy document; what it says about anything but `execute-api:Invoke` does not matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    statement: OneOrMany<Statement>,
}

// Conditions and the negated forms are absent: a policy with them is refused rather than misread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default, rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
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

impl Policy {
    /// Whether the policy allows invoking `resource`: some statement allows it and none denies it.
    pub(super) fn allows(&self, resource: &str) -> bool {
        let mut allowed = false;
        for statement in self.statement.as_slice() {
            if statement.concerns(resource) {
                match statement.effect {
                    Effect::Deny => return false,
                    Effect::Allow => allowed = true,
                }
            }
        }
        allowed
    }
}

impl Statement {
    fn concerns(&self, resource: &str) -> bool {
        let invoke = INVOKE.to_ascii_lowercase();
        self.action.as_slice().iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &invoke))
            && self.resource.as_slice().iter().any(|pattern| matches(pattern, resource))
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any characters and `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut position) = (0, 0);
    // Where to go on when the characters after the last `*` do not fit: linear memory, no recursion on input.
    let mut retry = None;
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, position));
                at += 1;
            }
            Some(&symbol) if symbol == b'?' || symbol == text[position] => {
                at += 1;
                position += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    (at, position) = (after_star, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&symbol| symbol == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            let policy: Policy =
                serde_json::from_value(json!({"Version": "2012-10-17", "Statement": statement})).unwrap();
            assert_eq!(policy.allows(CONNECT), allowed, "{statement}");
        }
    }

    #[test]
    fn a_policy_that_would_be_misread_is_none() {
        let table = [
            json!({}),
            json!({"Statement": "x"}),
            json!({"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}),
            json!({"Statement": [{"Effect": "Allow", "Resource": "*"}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]}),
            json!({"Statement": [{"Effect": "Deny", "NotAction": "*", "Resource": "*"}]}),
        ];
        for policy in table {
            assert!(serde_json::from_value::<Policy>(policy.clone()).is_err(), "{policy}");
        }
    }

    #[test]
    fn wildcards_match_any_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c*", "abcb", true),
            ("?", "", false),
            ("a*b", "aab", true),
            ("a*b", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
