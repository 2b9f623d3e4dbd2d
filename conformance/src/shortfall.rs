//! Why a case did not pass.

use std::fmt::{Debug, Display};

/// What a case comes to.
pub type Verdict<T = ()> = Result<T, Shortfall>;

/// Longest text of one line of the score board, in characters: events are longer, and their end tells nothing new.
const LONGEST_TEXT: usize = 400;

/// Why a case did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The API behaves otherwise.
    Differs {
        /// What API Gateway does.
        expected: String,
        /// What this API did.
        got: String,
    },
    /// The case could not be tried, and why: it needs what was not given.
    Skipped(String),
}

impl Shortfall {
    /// A difference, each side in one line.
    pub(crate) fn new(expected: impl Display, got: impl Display) -> Self {
        Self::Differs { expected: line(&expected.to_string()), got: line(&got.to_string()) }
    }

    /// Says of which part of the case this is true.
    pub(crate) fn of(self, part: impl Display) -> Self {
        match self {
            Self::Differs { expected, got } => Self::Differs { expected: line(&format!("{part}: {expected}")), got },
            skipped => skipped,
        }
    }
}

/// Differs unless both are the same.
pub(crate) fn equal<T: PartialEq + Debug>(what: &str, got: T, expected: T) -> Verdict {
    if got == expected { Ok(()) } else { Err(Shortfall::new(format!("{what} {expected:?}"), format!("{got:?}"))) }
}

/// Differs unless it `holds`.
pub(crate) fn ensure(holds: bool, expected: impl Display, got: impl Display) -> Verdict {
    if holds { Ok(()) } else { Err(Shortfall::new(expected, got)) }
}

fn line(text: &str) -> String {
    let mut characters = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let mut line: String = characters.by_ref().take(LONGEST_TEXT).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_one_line_of_bounded_length() {
        let Shortfall::Differs { expected, got } = Shortfall::new("a\nb", "ä".repeat(10_000)) else {
            panic!("a difference");
        };
        assert_eq!(expected, "a b");
        assert_eq!(got.chars().count(), LONGEST_TEXT + 1);
    }
}
