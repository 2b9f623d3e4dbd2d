//! Writes the starter as an archive for `cargo lambda new --template ZIP my-app` and `sam init --location ZIP`.
//!
//! Usage: `cargo run -p local-cli --example starter-archive -- FILE.zip`
//!
//! It is an example and not a flag of `parlor`, because only a release needs it: `parlor` itself does without `zip`.

mod archive;

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;

use local_cli::command_line::ProjectTemplate;
use local_cli::new::Project;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("name the file to write: `starter-archive FILE.zip`")?;
    let project = Project::with_default_name(ProjectTemplate::Minimal)?;
    archive::write(&project, BufWriter::new(File::create(path)?))?;
    Ok(())
}
