//! What is started for each execution environment of a function.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::template::Code;

/// An executable with everything that it is started with. It speaks the Runtime API.
#[derive(Clone, Debug)]
pub struct Program {
    /// An executable file.
    pub executable: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The working directory, which is also `LAMBDA_TASK_ROOT`.
    pub directory: PathBuf,
    /// Variables that it needs itself. They win over the template's.
    pub environment: BTreeMap<String, String>,
    /// A directory that lives as long as the program may be started.
    pub kept: Option<Arc<TempDir>>,
}

impl Program {
    /// An executable without arguments, in the directory of a function's `code`, or in its own where there is none.
    pub fn of_executable(executable: PathBuf, code: &Code) -> Self {
        let directory = match (code, executable.parent()) {
            (Code::Directory(directory), _) if directory.is_dir() => directory.clone(),
            (_, Some(parent)) => parent.to_owned(),
            (_, None) => Path::new("/").to_owned(),
        };
        Self { executable, arguments: Vec::new(), directory, environment: BTreeMap::new(), kept: None }
    }
}
