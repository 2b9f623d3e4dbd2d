//! Conditions that hold where any of several others does.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// How many conditions `Fn::Or` takes.
const MOST: usize = 10;

/// Adds the condition `name` to `section`: one of `conditions` holds. More conditions than `Fn::Or` takes are joined
/// by conditions with numbered names.
pub(super) fn add(section: &mut Map<String, Value>, name: &str, conditions: &BTreeSet<&str>) {
    let mut rest: Vec<String> = conditions.iter().map(|condition| (*condition).to_owned()).collect();
    let mut number = rest.len().saturating_sub(2) / (MOST - 1);
    while rest.len() > 1 {
        let joined: Vec<_> = rest.drain(..rest.len().min(MOST)).collect();
        let name = if number > 0 { format!("{name}{number}") } else { name.to_owned() };
        number = number.saturating_sub(1);
        let joined: Vec<_> = joined.iter().map(|condition| json!({"Condition": condition})).collect();
        section.insert(name.clone(), json!({"Fn::Or": joined}));
        rest.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_conditions_than_one_or_takes_are_joined_step_by_step() {
        let names: Vec<_> = (0..20).map(|number| format!("C{number:02}")).collect();
        let table = [(2, &["Any"] as &[_]), (10, &["Any"]), (11, &["Any1", "Any"]), (20, &["Any2", "Any1", "Any"])];
        for (count, expected) in table {
            let mut section = Map::new();
            add(&mut section, "Any", &names.iter().take(count).map(String::as_str).collect());
            assert_eq!(section.keys().collect::<Vec<_>>(), expected, "{count}");
            let joined = section.values().map(|condition| condition["Fn::Or"].as_array().map_or(0, Vec::len));
            assert_eq!(joined.sum::<usize>(), count + expected.len() - 1);
        }
    }
}
