//! Values that no message shows.

use std::cell::RefCell;

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
        self.0.borrow().iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "****"))
    }
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
