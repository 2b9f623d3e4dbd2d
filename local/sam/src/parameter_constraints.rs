//! What CloudFormation checks of a parameter's value before it does anything else.

use regex_lite::RegexBuilder;
use serde_json::Value;

use super::problem::Problem;
use super::scalar::scalar_text;

/// The longest value in bytes (CloudFormation quotas).
const LONGEST_VALUE: usize = 4_096;
/// How much memory in bytes a pattern may take: one that wants more is not checked.
const PATTERN_MEMORY: usize = 1 << 20;

/// Checks `value`, which is one item where the parameter is a list. The value itself may be a secret and is never shown.
pub(super) fn check(name: &str, declaration: &Value, kind: &str, value: &str) -> Result<(), Problem> {
    let Some((reason, hint)) = violation(declaration, kind, value) else {
        return Ok(());
    };
    let hint = match declaration.get("ConstraintDescription").and_then(Value::as_str) {
        Some(description) => format!("the template says: {description}"),
        None => hint,
    };
    Err(Problem::new(format!("the value of the parameter `{name}` {reason}"), hint))
}

/// Why the value is refused, and which would not be.
fn violation(declaration: &Value, kind: &str, value: &str) -> Option<(String, String)> {
    if value.len() > LONGEST_VALUE {
        return Some((format!("is longer than {LONGEST_VALUE} bytes"), "shorten it".to_owned()));
    }
    if let Some(Value::Array(allowed)) = declaration.get("AllowedValues") {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        if !allowed.iter().any(|allowed| allowed == value) {
            let hint = format!("choose one of `{}`", allowed.join("`, `"));
            return Some(("is not one of its `AllowedValues`".to_owned(), hint));
        }
    }
    if kind == "Number" || kind == "List<Number>" {
        return number_violation(declaration, value);
    }
    let limit = |key| scalar_text(declaration.get(key)?)?.trim().parse::<usize>().ok();
    let length = value.chars().count();
    if let Some(least) = limit("MinLength").filter(|least| length < *least) {
        return Some((format!("is shorter than its `MinLength` {least}"), "lengthen it".to_owned()));
    }
    if let Some(most) = limit("MaxLength").filter(|most| length > *most) {
        return Some((format!("is longer than its `MaxLength` {most}"), "shorten it".to_owned()));
    }
    let pattern = declaration.get("AllowedPattern").and_then(Value::as_str)?;
    // The whole value must match. CloudFormation's patterns are Java's: what only those have, is not checked here.
    let expression = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(PATTERN_MEMORY).build().ok()?;
    let is_refused = !expression.is_match(value);
    is_refused.then(|| (format!("does not match its `AllowedPattern` `{pattern}`"), "choose one that does".to_owned()))
}

fn number_violation(declaration: &Value, value: &str) -> Option<(String, String)> {
    let number = value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return Some(("is not a number".to_owned(), "write digits".to_owned()));
    };
    let limit = |key| scalar_text(declaration.get(key)?)?.trim().parse::<f64>().ok();
    if let Some(least) = limit("MinValue").filter(|least| number < *least) {
        return Some((format!("is less than its `MinValue` {least}"), "raise it".to_owned()));
    }
    let most = limit("MaxValue").filter(|most| number > *most)?;
    Some((format!("is more than its `MaxValue` {most}"), "lower it".to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_checked_as_cloudformation_checks_them() {
        let table = [
            (json!({"AllowedValues": ["dev", 8]}), "String", "dev", None),
            (json!({"AllowedValues": ["dev", 8]}), "Number", "8", None),
            (json!({"AllowedValues": ["dev", "prod"]}), "String", "secret", Some("`AllowedValues`")),
            (json!({"AllowedPattern": "[a-z]+"}), "String", "abc", None),
            (json!({"AllowedPattern": "[a-z]+"}), "String", "secret1", Some("`AllowedPattern` `[a-z]+`")),
            (json!({"AllowedPattern": "^a|b$"}), "String", "bb", Some("`AllowedPattern`")),
            (json!({"AllowedPattern": "(?=lookahead)x"}), "String", "anything", None),
            (json!({"MinLength": 3, "MaxLength": "5"}), "String", "äöü", None),
            (json!({"MinLength": 8}), "String", "secret", Some("`MinLength` 8")),
            (json!({"MaxLength": "5"}), "String", "secret", Some("`MaxLength` 5")),
            (json!({}), "Number", "1.5", None),
            (json!({}), "Number", "secret", Some("is not a number")),
            (json!({}), "Number", "NaN", Some("is not a number")),
            (json!({}), "List<Number>", "secret", Some("is not a number")),
            (json!({"MinValue": 1, "MaxValue": 9}), "Number", "9", None),
            (json!({"MinValue": 1}), "Number", "-7", Some("`MinValue` 1")),
            (json!({"MaxValue": "9"}), "Number", "10", Some("`MaxValue` 9")),
        ];
        for (declaration, kind, value, expected) in table {
            let outcome = check("P", &declaration, kind, value);
            match (outcome, expected) {
                (Ok(()), None) => {}
                (Err(problem), Some(words)) => {
                    assert!(problem.message().contains(words), "{declaration}: {}", problem.message());
                    assert!(!problem.message().contains("secret"), "{}", problem.message());
                }
                (outcome, _) => panic!("{declaration} {value}: {outcome:?}"),
            }
        }
        assert!(check("P", &json!({}), "String", &"x".repeat(LONGEST_VALUE + 1)).is_err());
    }
}
