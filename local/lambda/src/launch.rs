//! How functions are started: a cargo binary, an interpreter with its runtime interface client, or a command of the
//! person's own.
//!
//! A plan is made from the template and the command line alone. What it takes is then looked for, and built, on this
//! machine.

mod named_command;
mod plan;
mod programs;
mod build_context;

mod bin_dir;
pub mod cargo;
mod inline;
mod interpreters;
mod node;
mod places;
mod probe;
mod python;
mod search_path;

pub use bin_dir::executables_in;
pub use build_context::BuildContext;
pub use named_command::NamedCommand;
pub use places::Places;
pub use plan::{Plan, Planned, plans};
pub use programs::{Binaries, programs};
pub use programs::{cargo_functions, of_executables};
pub use search_path::find as find_program;
