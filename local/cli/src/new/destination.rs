//! Where a project is written: completely or not at all.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use local_core::failure::Failure;

use super::name::ProjectName;
use super::project::Project;

/// The directory of a new project, which does not exist yet.
#[derive(Debug)]
pub(super) struct Destination {
    /// As it was written.
    path: PathBuf,
    name: ProjectName,
    /// The nearest directory above that exists.
    parent: PathBuf,
    /// What is missing below `parent`: the project's directory, and directories above it.
    missing: PathBuf,
}

/// A project that is written in full, and not at its place yet. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Staged<'a> {
    destination: &'a Destination,
    temporary: TempDir,
}

impl Destination {
    /// Checks that a project can be created at `path`, whose last part is its name.
    pub(super) fn parse(path: &Path) -> Result<Self, Failure> {
        let last = path.components().next_back();
        let Some(Component::Normal(name)) = last else {
            let message = format!("`{}` does not end with a name for the project", path.display());
            return Err(Failure::new(message, "name a directory to create: `parlor new my-app`"));
        };
        let name = ProjectName::parse(&name.to_string_lossy())?;
        if path.symlink_metadata().is_ok() {
            return Err(Failure::new(
                format!("destination `{}` already exists", path.display()),
                "choose another name, or remove what is there",
            ));
        }
        let parent = path.ancestors().skip(1).find(|parent| is_directory(parent)).unwrap_or(Path::new("/"));
        let missing = path.strip_prefix(parent).unwrap_or(path).to_owned();
        let first = first_of(&missing);
        if !missing.components().all(|part| matches!(part, Component::Normal(_))) {
            let message = format!("`{}` does not exist", parent.join(first).display());
            return Err(Failure::new(message, "choose another place for the project"));
        }
        if parent.join(first).symlink_metadata().is_ok() {
            let message = format!("`{}` is not a directory", parent.join(first).display());
            return Err(Failure::new(message, "choose another place for the project"));
        }
        Ok(Self { path: path.to_owned(), name, parent: directory(parent).to_owned(), missing })
    }

    pub(super) fn name(&self) -> &ProjectName {
        &self.name
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The nearest directory above that exists.
    pub(super) fn parent(&self) -> &Path {
        &self.parent
    }

    /// The project's directory in [`Self::parent`].
    pub(super) fn missing(&self) -> &Path {
        &self.missing
    }

    /// Writes the project next to its place.
    pub(super) fn stage(&self, project: &Project) -> Result<Staged<'_>, Failure> {
        let temporary = tempfile::Builder::new().prefix(".parlor-new-").tempdir_in(&self.parent);
        let temporary = temporary.map_err(|error| self.not_writable(&error))?;
        let staged = Staged { destination: self, temporary };
        staged.write(project).map_err(|error| self.not_writable(&error))?;
        Ok(staged)
    }

    fn not_writable(&self, error: &io::Error) -> Failure {
        Failure::new(
            // The error itself may name the temporary directory.
            format!("cannot create `{}`: {}", self.path.display(), error.kind()),
            format!("check that `{}` may be written to and has space", self.parent.display()),
        )
    }
}

impl Staged<'_> {
    /// The project's directory for now.
    pub(super) fn directory(&self) -> PathBuf {
        self.temporary.path().join(&self.destination.missing)
    }

    fn write(&self, project: &Project) -> io::Result<()> {
        for (path, content) in project.files() {
            let path = self.directory().join(path);
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(path, content)?;
        }
        Ok(())
    }

    /// Moves the project to its place, in one step.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let first = first_of(&self.destination.missing);
        fs::rename(self.temporary.path().join(first), self.destination.parent.join(first))
            .map_err(|error| self.destination.not_writable(&error))
    }
}

fn first_of(path: &Path) -> &OsStr {
    path.components().next().map(Component::as_os_str).unwrap_or_default()
}

/// A path, where nothing stands for the current directory.
fn directory(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn is_directory(path: &Path) -> bool {
    directory(path).is_dir()
}
