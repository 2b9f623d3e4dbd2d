//! Values that no message shows.

use std::cell::RefCell;
use std::fmt;

/// The values of parameters with `NoEcho`, of all stacks that are read together.
#[derive(Debug, Default)]
pub(crate) struct Secrets(RefCell<Vec<String>>);

impl Secrets {
    /// Hides these values, too.
    pub(crate) fn add(&self, values: &[String]) {
        let mut all = self.0.borrow_mut();
        all.extend(values.iter().filter(|value| !value.is_empty()).cloned());
        // Where one secret is within another, the longer goes first.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
    }

    /// `text` with asterisks in place of each secret.
    pub(crate) fn hide(&self, text: &str) -> String {
        hide(&self.0.borrow(), text)
    }

    /// All values so far.
    pub(crate) fn into_hidden(self) -> HiddenValues {
        HiddenValues(self.0.into_inner())
    }
}

/// The values of parameters with `NoEcho`, which no message of the stack shows.
#[derive(Clone, Default)]
pub struct HiddenValues(Vec<String>);

impl HiddenValues {
    pub(crate) fn hide(&self, text: &str) -> String {
        hide(&self.0, text)
    }
}

/// The values themselves are not shown.
impl fmt::Debug for HiddenValues {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HiddenValues")
    }
}

fn hide(secrets: &[String], text: &str) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "****"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_within_another_leaves_nothing_of_the_longer_one() {
        let secrets = Secrets::default();
        secrets.add(&["pass".to_owned(), String::new()]);
        secrets.add(&["password".to_owned()]);
        assert_eq!(secrets.hide("a password, a pass"), "a ****, a ****");
    }
}
