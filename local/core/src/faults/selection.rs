//! What a fault chooses: by name, and connections by their handshake, because nobody knows their ids before.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::wildcard;

/// Some of what exists, or all of it where the file says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>")]
pub(super) enum Chosen<T> {
    #[default]
    All,
    Only(Vec<T>),
}

impl<T> TryFrom<Vec<T>> for Chosen<T> {
    type Error = &'static str;

    fn try_from(chosen: Vec<T>) -> Result<Self, Self::Error> {
        match chosen.is_empty() {
            true => Err("a list is empty, and would choose nothing: leave it out to choose all"),
            false => Ok(Self::Only(chosen)),
        }
    }
}

impl<T> Chosen<T> {
    pub(super) fn include<U: PartialEq<T> + ?Sized>(&self, one: &U) -> bool {
        match self {
            Self::All => true,
            Self::Only(chosen) => chosen.iter().any(|other| one == other),
        }
    }
}

/// Names with all their values, as a handshake has them.
pub type Values = BTreeMap<String, Vec<String>>;

/// What the handshake of a chosen connection has: all of it. `*` in a value stands for any characters, `?` for one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Selection {
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl TryFrom<Written> for Selection {
    type Error = &'static str;

    fn try_from(Written { query, headers }: Written) -> Result<Self, Self::Error> {
        match query.is_empty() && headers.is_empty() {
            true => Err("`connections` has neither `query` nor `headers`"),
            false => Ok(Self { query, headers }),
        }
    }
}

impl Selection {
    fn chooses(&self, query: Option<&Values>, headers: &Values) -> bool {
        let has = |values: Option<&Vec<String>>, pattern: &str| {
            values.into_iter().flatten().any(|value| wildcard::matches(pattern, value))
        };
        let header = |name: &str| headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, all)| all);
        self.query.iter().all(|(name, pattern)| has(query.and_then(|query| query.get(name)), pattern))
            && self.headers.iter().all(|(name, pattern)| has(header(name), pattern))
    }
}

/// Which of a plan's selections a connection fits. It is found out once, at the handshake.
#[derive(Clone, Debug, Default)]
pub struct Marks(Vec<usize>);

impl Marks {
    pub(super) fn new<'a>(
        selections: impl Iterator<Item = (usize, &'a Selection)>,
        query: Option<&Values>,
        headers: &Values,
    ) -> Self {
        let chosen = selections.filter(|(_, selection)| selection.chooses(query, headers));
        Self(chosen.map(|(index, _)| index).collect())
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0.contains(&index)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(pairs: &[(&str, &[&str])]) -> Values {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        pairs.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect()
    }

    #[test]
    fn a_connection_is_chosen_by_everything_that_is_asked_for() {
        let query = values(&[("name", &["ada", "countess"]), ("room", &["1"])]);
        let headers = values(&[("User-Agent", &["test/1.0"])]);
        for (selection, expected) in [
            (json!({"query": {"name": "ada"}}), true),
            (json!({"query": {"name": "countess"}}), true),
            (json!({"query": {"name": "a*"}}), true),
            (json!({"query": {"name": "bob"}}), false),
            (json!({"query": {"Name": "ada"}}), false),
            (json!({"query": {"name": "ada", "room": "2"}}), false),
            (json!({"headers": {"user-agent": "test/?.0"}}), true),
            (json!({"headers": {"user-agent": "test"}}), false),
            (json!({"query": {"name": "ada"}, "headers": {"x-absent": "*"}}), false),
        ] {
            let chosen: Selection = serde_json::from_value(selection.clone()).unwrap();
            assert_eq!(chosen.chooses(Some(&query), &headers), expected, "{selection}");
        }
    }
}
