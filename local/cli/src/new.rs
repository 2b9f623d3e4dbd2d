//! `parlor new`: writes a project.
//!
//! In reading order: `name` checks what a project may be called, `source` has the files of this repository, `project` selects and
//! adapts them, `manifest` derives cargo's files, `destination` writes the project, `repository` commits it.

mod name;
mod source;
#[cfg(not(embeds_projects))]
mod listing;
mod project;
mod manifest;
mod destination;
mod repository;

use owo_colors::{OwoColorize, Stream::Stderr};

use crate::command_line::{NewOptions, ProjectTemplate};
use crate::console::Console;
use local_core::failure::Failure;
use local_lambda::launch::find_program;

use destination::Destination;
use repository::Repository;

pub use name::ProjectName;
pub use project::Project;

/// Creates the project that `options` describe, completely or not at all.
///
/// # Errors
/// The name is not usable, the destination exists, or a file cannot be written.
pub fn create(options: &NewOptions, console: &Console) -> Result<(), Failure> {
    let destination = Destination::parse(&options.path)?;
    let template = options.template;
    status(console, "Creating", format_args!("project `{}` from template `{}`", destination.name(), template.word()));
    let project = Project::new(template, destination.name())?;
    let staged = destination.stage(&project)?;
    let repository = Repository::create(&staged.directory(), destination.parent(), destination.missing());
    staged.publish()?;
    let place = destination.path().display();
    status(console, "Created", format_args!("{} files in `{place}`{}", project.files().len(), repository.clause()));
    if let Some(note) = repository.note() {
        console.line(format_args!("note: {note}"));
    }
    if find_program("parlor").is_none() {
        console.line(
            "note: `parlor` is not in PATH; install it with `cargo install --path local/cli` in Parlor's repository",
        );
    }
    console.line(format_args!("\nnext:\n{}", next_commands(&place.to_string(), template)));
    Ok(())
}

/// A line as cargo prints them: a verb, right-aligned, and what it happened to.
fn status(console: &Console, verb: &str, text: std::fmt::Arguments<'_>) {
    let verb = format!("{verb:>12}");
    console.line(format_args!("{} {text}", verb.if_supports_color(Stderr, |verb| verb.green().bold().to_string())));
}

fn next_commands(place: &str, template: ProjectTemplate) -> String {
    let directory = shlex::try_quote(place).map_or_else(|_nul| place.to_owned(), |quoted| quoted.into_owned());
    let test = match template {
        ProjectTemplate::Minimal => "parlor exec -- cargo test    # test it over real sockets",
        ProjectTemplate::Chat => "cargo test                   # test it",
    };
    format!(
        "    cd {directory}\n    parlor                       # run it, and open http://127.0.0.1:3000 in two tabs\n    {test}"
    )
}
