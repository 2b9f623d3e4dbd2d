//! Conditions that hold if one of several others holds.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// How many conditions an `Fn::Or` can have.
const LIMIT: usize = 10;

/// The condition `name`, which holds if one of `conditions` does. Where these are too many for one `Fn::Or`, there are
/// more conditions for some of them, called `name1`, `name2` and so on.
pub(super) fn any(name: &str, conditions: &[&str]) -> Map<String, Value> {
    let mut combined = Map::new();
    let mut left: Vec<String> = conditions.iter().map(|condition| (*condition).to_owned()).collect();
    let mut more = left.len().saturating_sub(2) / (LIMIT - 1);
    while left.len() > 1 {
        let rest = left.split_off(left.len().min(LIMIT));
        let operands: Vec<Value> = left.iter().map(|condition| json!({"Condition": condition})).collect();
        let name = if more > 0 { format!("{name}{more}") } else { name.to_owned() };
        more = more.saturating_sub(1);
        combined.insert(name.clone(), json!({"Fn::Or": operands}));
        left = rest;
        left.push(name);
    }
    combined
}

/// Adds these conditions to `section`.
pub(super) fn add(section: &mut Map<String, Value>, name: &str, conditions: &BTreeSet<&str>) {
    let conditions: Vec<&str> = conditions.iter().copied().collect();
    section.extend(any(name, &conditions));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_conditions_take_more_than_one_step() {
        let names: Vec<String> = (0..20).map(|index| format!("C{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let table = [
            (0, json!({})),
            (1, json!({})),
            (2, json!({"N": 2})),
            (10, json!({"N": 10})),
            (11, json!({"N1": 10, "N": 2})),
            (19, json!({"N1": 10, "N": 10})),
            (20, json!({"N2": 10, "N1": 10, "N": 2})),
        ];
        for (count, expected) in table {
            let combined = any("N", &names[..count]);
            let operands = |condition: &Value| condition["Fn::Or"].as_array().map(Vec::len);
            let sizes: Map<String, Value> =
                combined.iter().map(|(name, condition)| (name.clone(), json!(operands(condition)))).collect();
            assert_eq!(Value::Object(sizes), expected, "{count}");
        }
    }
}
