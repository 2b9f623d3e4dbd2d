//! The flags of `parlor new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const AFTER_HELP: &str = "\
Examples:
  parlor new my-app
  parlor new services/lobby
  parlor new my-chat --template chat";

/// Create a project
///
/// Writes a Cargo workspace with Lambda functions, a SAM template and tests into a new directory, and commits it to a new git
/// repository. The files are part of `parlor`: nothing is downloaded.
#[derive(Clone, Debug, Args)]
#[command(max_term_width = 120, after_long_help = AFTER_HELP)]
pub struct NewOptions {
    /// The directory to create
    ///
    /// Its last part names the project and its stacks: a letter, then letters, digits and hyphens.
    #[arg(value_name = "NAME")]
    pub path: PathBuf,

    /// What the project starts from
    #[arg(long, value_name = "TEMPLATE", value_enum, default_value_t)]
    pub template: ProjectTemplate,
}

/// What a new project starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProjectTemplate {
    /// Four functions and one table: clients that broadcast to each other
    #[default]
    Minimal,
    /// A chat service compatible with Amazon IVS Chat
    Chat,
}

impl ProjectTemplate {
    /// The template as it is written on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Chat => "chat",
        }
    }
}
