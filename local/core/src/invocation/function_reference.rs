//! How an invoker names a function.

use std::fmt;

/// A function, with the alias or version that it is invoked by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionReference {
    /// The name that the function is invoked by.
    pub name: String,
    /// The alias or version; `None` if the reference is to the function itself. Every alias and every version is the code at
    /// hand.
    pub qualifier: Option<String>,
}

impl From<&str> for FunctionReference {
    /// Reads `NAME` or `NAME:QUALIFIER`.
    fn from(text: &str) -> Self {
        let (name, qualifier) = match text.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
            None => (text, None),
        };
        Self { name: name.to_owned(), qualifier }
    }
}

impl fmt::Display for FunctionReference {
    /// Writes `NAME` or `NAME:QUALIFIER`.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, qualifier } = self;
        to.write_str(name)?;
        qualifier.iter().try_for_each(|qualifier| write!(to, ":{qualifier}"))
    }
}
