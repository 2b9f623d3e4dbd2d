//! `--command Function="…"`: a function's own command.

use std::str::FromStr;

/// What starts a function, in words as a shell splits them. Nothing else of a shell is known: no variables, no pipes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommand {
    /// A logical id, or the name of a cargo binary.
    pub function: String,
    /// A path, from the function's code directory where it is relative, or a name to look for in PATH.
    pub program: String,
    /// What stands behind the program.
    pub arguments: Vec<String>,
}

impl FromStr for NamedCommand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (function, command) = text
            .split_once('=')
            .filter(|(function, _)| !function.is_empty())
            .ok_or("a command looks like `Function=\"python3 -m awslambdaric app.handler\"`")?;
        let words = shlex::split(command).ok_or("a quote of the command is not closed")?;
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => {
                Ok(Self { function: function.to_owned(), program, arguments: words.collect() })
            }
            _ => Err(format!("the command for `{function}` is empty")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_splits_words() {
        for (text, expected) in [
            ("Fn=./bootstrap", vec!["Fn", "./bootstrap"]),
            ("Fn=java -cp 'a b.jar' \"Main Class\"", vec!["Fn", "java", "-cp", "a b.jar", "Main Class"]),
            ("Fn=env A=b=c $HOME | x", vec!["Fn", "env", "A=b=c", "$HOME", "|", "x"]),
            ("my-binary=a\\ b", vec!["my-binary", "a b"]),
        ] {
            let command: NamedCommand = text.parse().unwrap();
            let words: Vec<&str> = [&command.function, &command.program]
                .into_iter()
                .chain(&command.arguments)
                .map(String::as_str)
                .collect();
            assert_eq!(words, expected, "{text}");
        }
    }

    #[test]
    fn a_command_without_a_function_or_a_program_is_none() {
        for text in ["", "Fn", "=x", "Fn=", "Fn=  ", "Fn=''", "Fn='open"] {
            assert!(text.parse::<NamedCommand>().is_err(), "{text}");
        }
    }
}
