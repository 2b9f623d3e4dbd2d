//! The process `parlor`: started, read, and ended.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// No step of any test takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stack that needs no build: a WebSocket API that answers by itself, an HTTP API whose function is never invoked, a table.
const TEMPLATE: &str = include_str!("small.yaml");

/// What starts the function of [`TEMPLATE`].
const FUNCTION: &str = "Function=sleep 600";

/// What a process has said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// An empty directory.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// `parlor` with `arguments`, in `directory`, with an identity for git that is not the user's.
pub(crate) fn parlor(directory: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_parlor"));
    command
        .args(arguments)
        .current_dir(directory)
        .envs([("NO_COLOR", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Ada")))
        .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "ada@example.com")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Not the terminal's foreground group: a signal to `parlor` is not one that its command has got from the terminal.
        .process_group(0);
    Command::from(command)
}

/// `parlor exec` with the small stack of `directory`, in a directory that has no template.
pub(crate) fn exec(directory: &Path, flags: &[&str], command: &[&str]) -> Command {
    let template = directory.join("stack/template.yaml");
    std::fs::create_dir_all(directory.join("stack")).expect("a directory");
    std::fs::write(&template, TEMPLATE).expect("a template");
    let template = template.to_str().expect("a path in UTF-8");
    let authority = concat!(env!("CARGO_TARGET_TMPDIR"), "/authority");
    let always = ["exec", "--template", template, "--command", FUNCTION, "--authority", authority];
    parlor(directory, &[&always, flags, &["--"], command].concat())
}

/// Waits for the end of `command`.
pub(crate) async fn ends(mut command: Command) -> Ended {
    let output = command.kill_on_drop(true).output();
    let output = timeout(PATIENCE, output).await.expect("`parlor` ends").expect("`parlor` starts");
    Ended {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).expect("UTF-8"),
        errors: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A `parlor exec` whose command runs.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn().expect("`parlor` starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
        Self { child, input, output }
    }

    /// The next line that the command prints.
    pub(crate) async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.output.next_line()).await.expect("a line in time").expect("a line");
        match line {
            Some(line) => line,
            None => panic!("the command has ended: {}", self.errors().await),
        }
    }

    /// Types a line.
    pub(crate) async fn types(&mut self, line: &str) {
        let input = self.input.as_mut().expect("standard input is a pipe");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("standard input is open");
    }

    /// Sends a signal to `parlor` alone.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("`parlor` runs"), signal).expect("`parlor` can be signalled");
    }

    /// Waits for the end: the exit code, the rest of standard output, standard error.
    pub(crate) async fn ends(self) -> Ended {
        let Self { mut child, input, mut output } = self;
        let ended = async {
            let mut rest = String::new();
            while let Some(line) = output.next_line().await.expect("UTF-8") {
                rest += &line;
                rest.push('\n');
            }
            let mut errors = String::new();
            let pipe = child.stderr.take().expect("standard error is a pipe");
            BufReader::new(pipe).read_to_string(&mut errors).await.expect("UTF-8");
            Ended { code: child.wait().await.expect("an own child").code(), output: rest, errors }
        };
        let ended = timeout(PATIENCE, ended).await.expect("`parlor` ends");
        drop(input);
        ended
    }

    /// Closes standard input, and waits for the end.
    pub(crate) async fn closes(mut self) -> Ended {
        self.input = None;
        self.ends().await
    }

    async fn errors(&mut self) -> String {
        let mut errors = String::new();
        if let Some(pipe) = &mut self.child.stderr {
            let _ = pipe.read_to_string(&mut errors).await;
        }
        errors
    }
}

/// All files below `directory` but those of git, by their path.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(next).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && path.file_name() != Some(OsStr::new(".git")) {
                directories.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The names of everything in `directory`.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
