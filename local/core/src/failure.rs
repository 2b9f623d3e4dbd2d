//! What goes wrong at the command line: one sentence about the problem, one hint about the way out.

use std::fmt;

/// A reason to stop, in words for the person at the terminal.
///
/// Both texts are lower case, without a full stop, with literals in backticks.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: String,
}

impl Failure {
    /// `message` says what is wrong, `hint` what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// One line, as a part of a warning.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (hint: {})", self.message, self.hint)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_fits_on_the_line_of_a_warning() {
        let failure = Failure::new("`a` is not there", "write `b`");
        assert_eq!(failure.to_string(), "`a` is not there (hint: write `b`)");
    }
}
