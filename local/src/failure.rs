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
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}\n\nhint: {}", self.message, self.hint)
    }
}

impl std::error::Error for Failure {}
