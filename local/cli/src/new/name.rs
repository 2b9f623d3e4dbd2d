//! The name of a project.

use std::fmt::{self, Display, Formatter};

use local_core::failure::Failure;

/// A CloudFormation stack name has at most 128 characters, and the longer of the two stacks is `NAME-prod`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html>
const MAX_LENGTH: usize = 128 - "-prod".len();

/// Names that Rust uses itself. <https://doc.rust-lang.org/reference/keywords.html>
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names of Rust's own libraries, which cargo rejects for packages.
const LIBRARIES: [&str; 5] = ["alloc", "core", "proc-macro", "std", "test"];

/// Names of directories in `target`, which cargo rejects for packages.
const DIRECTORIES: [&str; 4] = ["build", "deps", "examples", "incremental"];

/// Names of devices, which Windows reserves for itself.
const DEVICES: [&str; 22] = [
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1", "lpt2", "lpt3",
    "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// A name that CloudFormation accepts for stacks and cargo for packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectName(String);

impl ProjectName {
    /// Checks a name.
    ///
    /// # Errors
    /// CloudFormation or cargo would reject the name.
    pub fn parse(name: &str) -> Result<Self, Failure> {
        match objection(name) {
            None => Ok(Self(name.to_owned())),
            Some(objection) => {
                let hint = match suggestion(name) {
                    Some(suggestion) => format!("choose another name, such as `{suggestion}`"),
                    None => "choose another name: a letter, then letters, digits and hyphens".to_owned(),
                };
                Err(Failure::new(format!("the name `{name}` cannot be used for a project: {objection}"), hint))
            }
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for ProjectName {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

/// Why `name` is not usable.
fn objection(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if name.is_empty() {
        Some("it is empty".to_owned())
    } else if let Some(character) = name.chars().find(|character| !is_allowed(*character)) {
        Some(format!("CloudFormation does not accept `{}` in a stack name", character.escape_debug()))
    } else if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        Some("a CloudFormation stack name starts with a letter".to_owned())
    } else if name.len() > MAX_LENGTH {
        Some(format!("it has {} characters, and a CloudFormation stack name has room for {MAX_LENGTH}", name.len()))
    } else if KEYWORDS.contains(&name) {
        Some("it is a Rust keyword".to_owned())
    } else if LIBRARIES.contains(&name) {
        Some("a library of Rust has that name".to_owned())
    } else if DIRECTORIES.contains(&name) {
        Some("cargo uses it for a directory in `target`".to_owned())
    } else if DEVICES.contains(&lower.as_str()) {
        Some("Windows reserves it for a device".to_owned())
    } else {
        None
    }
}

/// A usable name that is close to `name`.
fn suggestion(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let joined: String = words.join("-").chars().take(MAX_LENGTH - "app-".len()).collect();
    let joined = joined.trim_end_matches('-').to_owned();
    if joined.is_empty() {
        return None;
    }
    let candidates = [joined.clone(), format!("{joined}-app"), format!("app-{joined}")];
    candidates.into_iter().find(|candidate| objection(candidate).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_letter_then_letters_digits_and_hyphens() {
        for name in ["a", "my-app", "Lobby2", "default", "x--y", &"a".repeat(MAX_LENGTH)] {
            assert_eq!(ProjectName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_that_cannot_be_used_is_rejected_with_one_that_can() {
        for (name, reason, suggestion) in [
            ("my app", "` ` in a stack name", "`my-app`"),
            ("größe", "`ö` in a stack name", "`gr-e`"),
            ("-x", "starts with a letter", "`x`"),
            ("build", "directory in `target`", "`build-app`"),
            ("NUL", "Windows", "`NUL-app`"),
            ("", "it is empty", "a letter, then letters"),
            ("ö", "`ö` in a stack name", "a letter, then letters"),
        ] {
            let failure = ProjectName::parse(name).unwrap_err();
            assert!(failure.message().contains(reason), "{failure}");
            assert!(failure.hint().contains(suggestion), "{failure}");
        }
    }
}
