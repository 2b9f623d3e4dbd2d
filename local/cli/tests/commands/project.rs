//! New projects, and how to read them.

use std::collections::BTreeMap;
use std::path::Path;

use local_sam::samconfig::Configuration;
use local_sam::{FunctionNames, ReadOptions, Template, read};
use toml::Table;

use crate::harness::{Ended, ends, files, parlor};

/// Runs `parlor new`.
pub(crate) async fn create(directory: &Path, arguments: &[&str]) -> Ended {
    ends(parlor(directory, &[&["new"], arguments].concat())).await
}

/// Runs `parlor new`, which succeeds.
pub(crate) async fn created(directory: &Path, arguments: &[&str]) -> Ended {
    let ended = create(directory, arguments).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

/// What is in a file.
pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What is in a file of that format.
pub(crate) fn toml(path: &Path) -> Table {
    text(path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of a project by their path in it.
pub(crate) fn contents(project: &Path) -> BTreeMap<String, String> {
    let content =
        |path: &std::path::PathBuf| (path.strip_prefix(project).unwrap().to_str().unwrap().to_owned(), text(path));
    files(project).iter().map(content).collect()
}

/// The template of a project, with the defaults of its parameters.
pub(crate) fn template(project: &Path) -> Template {
    let options = ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    };
    read(&project.join("template.yaml"), &options).unwrap()
}
