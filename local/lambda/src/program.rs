//! What is started for each execution environment of a function.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use local_sam::Code;

/// An executable with everything that it is started with. It speaks the Runtime API.
#[derive(Clone, Debug)]
pub struct Program {
    /// The absolute path of an executable file.
    pub executable: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where the function's code is.
    pub directory: PathBuf,
    /// Variables that it needs itself. They win over the template's.
    pub environment: BTreeMap<String, String>,
    /// A directory that lives as long as the program may be started.
    pub kept: Option<Arc<TempDir>>,
}

impl Program {
    /// An executable without arguments that is built from a function's `code`.
    pub fn of_executable(executable: PathBuf, code: &Code) -> Self {
        let directory = match code {
            Code::Directory(directory) => directory.clone(),
            Code::Inline(_) => PathBuf::new(),
        };
        let executable = std::path::absolute(&executable).unwrap_or(executable);
        Self { executable, arguments: Vec::new(), directory, environment: BTreeMap::new(), kept: None }
    }

    /// The working directory, which is also `LAMBDA_TASK_ROOT`: where the code is, or where the executable is while the
    /// code is not there. A built one does not need it.
    pub(super) fn working_directory(&self) -> &Path {
        match self.executable.parent() {
            Some(parent) if !self.directory.is_dir() => parent,
            _ => &self.directory,
        }
    }
}
