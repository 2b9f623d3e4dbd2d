//! Why a piece of a template has no value here.

use local_core::failure::Failure;

/// A failure where the piece is needed, a warning where the stack can do without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    message: String,
    hint: String,
}

impl Problem {
    /// `message` says what is wrong, `hint` what to do about it.
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    /// A name of something that does not exist; the hint lists what does.
    pub(super) fn unknown<'n>(
        message: impl Into<String>,
        kind: &str,
        existing: impl IntoIterator<Item = &'n String>,
    ) -> Self {
        let mut names: Vec<String> = existing.into_iter().map(|name| format!("`{name}`")).collect();
        names.sort();
        let hint = match names.len() {
            0 => format!("the template has no {kind}"),
            _ => format!("the template has the {kind} {}", names.join(", ")),
        };
        Self::new(message, hint)
    }

    /// The same problem, with the place that it is about.
    pub(super) fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), hint: self.hint }
    }

    /// The same problem, with what was wrong before it and may be its cause.
    pub(super) fn after(self, warnings: &[String]) -> Self {
        let last = warnings.iter().rev().take(3).map(|warning| format!("; before that: {warning}"));
        Self { hint: last.fold(self.hint, |hint, warning| hint + &warning), message: self.message }
    }

    /// The same problem, with both texts as `change` leaves them.
    pub(super) fn map(self, change: impl Fn(&str) -> String) -> Self {
        Self { message: change(&self.message), hint: change(&self.hint) }
    }

    /// What is wrong, as the end of a warning.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The same in words for the terminal, with the file that it is about.
    pub(super) fn in_file(self, file: &str) -> Failure {
        Failure::new(format!("`{file}`: {}", self.message), self.hint)
    }
}
