//! The starter as an archive for other tools.

use std::io::{Cursor, Read};

use local_cli::command_line::ProjectTemplate;
use local_cli::new::Project;
use zip::ZipArchive;

#[path = "../../examples/starter-archive/archive.rs"]
mod archive;

#[test]
fn the_archive_has_one_folder_with_the_whole_project() {
    let project = Project::with_default_name(ProjectTemplate::Minimal).unwrap();
    let mut bytes = Vec::new();

    archive::write(&project, Cursor::new(&mut bytes)).unwrap();

    let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
    // cookiecutter, which `sam init` uses, takes the first entry for the folder.
    assert_eq!(archive.by_index(0).unwrap().name().unwrap(), archive::FOLDER);
    for (path, content) in project.files() {
        let mut found = Vec::new();
        archive.by_name(&format!("{}{path}", archive::FOLDER)).unwrap().read_to_end(&mut found).unwrap();
        assert_eq!(found, *content, "{path}");
    }
    let mut configuration = String::new();
    archive.by_name("CargoLambda.toml").unwrap().read_to_string(&mut configuration).unwrap();
    let configuration: toml::Table = configuration.parse().unwrap();
    assert_eq!(configuration["template"]["disable_default_prompts"].as_bool(), Some(true));
}

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
