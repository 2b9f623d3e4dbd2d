//! Conditions that hold if one of several others holds.

use serde_json::{Value, json};

use super::Expansion;

/// How many conditions an `Fn::Or` can have.
const LIMIT: usize = 10;

impl Expansion<'_> {
    /// Adds the condition `name`, which holds if one of `conditions` holds. Where these are too many for one `Fn::Or`,
    /// there are further conditions `name1`, `name2` and so on, and `name` holds if the last of these does.
    pub(super) fn add_condition_of_any(&mut self, name: &str, conditions: &[&str]) {
        let mut left: Vec<String> = conditions.iter().map(|condition| (*condition).to_owned()).collect();
        let mut further = left.len().saturating_sub(2) / (LIMIT - 1);
        while left.len() > 1 {
            let rest = left.split_off(left.len().min(LIMIT));
            let operands: Vec<Value> = left.iter().map(|condition| json!({"Condition": condition})).collect();
            let name = if further > 0 { format!("{name}{further}") } else { name.to_owned() };
            further = further.saturating_sub(1);
            self.add_condition(&name, json!({"Fn::Or": operands}));
            left = rest;
            left.push(name);
        }
    }
}
