//! The git repository of a new project.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Variables of git hooks and scripts, which would lead git to another repository.
const OF_OTHER_REPOSITORIES: [&str; 5] =
    ["GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE"];

/// What became of the project's repository. Nothing of it is a reason to fail: a project is complete without.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Repository {
    /// All files are committed.
    Committed,
    /// There is a repository without a commit, for the reason that git gives.
    NotCommitted { reason: String },
    /// The project belongs to the repository around it.
    Outer,
    /// There is no repository, for this reason.
    None { reason: String },
}

impl Repository {
    /// Creates a repository in `directory` and commits all its files, unless the project's place, `path` in `parent`, belongs to
    /// a repository that does not ignore it.
    pub(super) fn create(directory: &Path, parent: &Path, path: &Path) -> Self {
        match git(parent, &["rev-parse", "--is-inside-work-tree"]) {
            Err(error) => return Self::None { reason: error },
            Ok(output) if said(&output) == "true" && !is_ignored(path, parent) => return Self::Outer,
            Ok(_outside) => {}
        }
        if let Err(reason) = succeeds(directory, &["init", "--quiet"]) {
            return Self::None { reason };
        }
        // Whatever a user's configuration ignores, signs or checks: these files, as they are.
        let commit = [
            ["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"].as_slice(),
            &["commit", "--quiet", "--no-verify", "--message", "Initial commit"],
        ];
        let committed =
            succeeds(directory, &["add", "--all", "--force"]).and_then(|()| succeeds(directory, &commit.concat()));
        match committed {
            Ok(()) => Self::Committed,
            Err(reason) => Self::NotCommitted { reason },
        }
    }

    /// What follows "created the files" if there is something good to say.
    pub(super) fn clause(&self) -> &'static str {
        match self {
            Self::Committed => ", and committed them to a new git repository",
            Self::NotCommitted { .. } => ", and a git repository",
            Self::Outer | Self::None { .. } => "",
        }
    }

    /// What was left out, and why.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::Committed => None,
            Self::NotCommitted { reason } => Some(format!("the first commit is yours to make: {reason}")),
            Self::Outer => Some("no git repository was created: the project is part of the one around it".to_owned()),
            Self::None { reason } => Some(format!("no git repository was created: {reason}")),
        }
    }
}

/// Whether the repository around `parent` ignores `path` in it.
fn is_ignored(path: &Path, parent: &Path) -> bool {
    let arguments = ["check-ignore".as_ref(), "--quiet".as_ref(), path.as_os_str()];
    git(parent, &arguments).is_ok_and(|output| output.status.success())
}

/// Runs git in `directory`, and returns what it printed; an error if it cannot be run.
fn git(directory: &Path, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Result<Output, String> {
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0")]);
    for variable in OF_OTHER_REPOSITORIES {
        command.env_remove(variable);
    }
    command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "`git` is not installed".to_owned(),
        _ => format!("`git` cannot be run: {error}"),
    })
}

/// Runs git, and returns its own words if it fails.
fn succeeds(directory: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = git(directory, arguments)?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if errors.contains("user.email") || errors.contains("user.name") {
        return Err("git does not know who you are; set `git config --global user.name` and `user.email`".to_owned());
    }
    let fatal = errors.lines().find_map(|line| line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")));
    Err(fatal.unwrap_or("git failed").to_owned())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
