//! The starter as an archive for other tools. `.ci/starter/run` creates projects from it with these tools.

use std::io::Cursor;

use local_cli::command_line::ProjectTemplate;
use local_cli::new::Project;

#[path = "../../examples/starter-archive/archive.rs"]
mod archive;

#[test]
fn the_same_project_is_the_same_archive() {
    let project = Project::with_default_name(ProjectTemplate::Minimal).unwrap();
    let write = || {
        let mut bytes = Vec::new();
        archive::write(&project, Cursor::new(&mut bytes)).unwrap();
        bytes
    };
    assert_eq!(write(), write());
}
