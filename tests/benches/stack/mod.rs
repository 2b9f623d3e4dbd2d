//! What benches share: a release build of the local stack in a process of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

/// A running stack. It ends when it is dropped.
pub(crate) struct Stack {
    parlor: Child,
    ready: Value,
    _directory: tempfile::TempDir,
}

impl Stack {
    /// Starts the stack of this template's text, with more arguments.
    pub(crate) async fn start(template: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("template.yaml");
        std::fs::write(&file, template).expect("a file");
        let mut parlor = tokio::process::Command::new(parlor())
            .arg("--template")
            .arg(file)
            .args(["--json", "--no-watch", "--log", "quiet", "--authority"])
            .arg(directory.path())
            .args(["web", "websocket", "http", "lambda", "dynamodb"].map(|kind| format!("--{kind}-port=0")))
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("`parlor` starts");
        let output = BufReader::new(parlor.stdout.take().expect("its output is a pipe"));
        let line = output.lines().next_line().await.expect("its output can be read");
        let ready = serde_json::from_str(&line.expect("it is ready")).expect("the ready line is JSON");
        Self { parlor, ready, _directory: directory }
    }

    /// Host and port of the only WebSocket API, and the path of its stage.
    pub(crate) fn address(&self) -> (&str, &str) {
        let apis = self.ready["webSocketApis"].as_object().expect("APIs are a map");
        let url = apis.values().next().and_then(|api| api["url"].as_str()).expect("there is one API");
        let rest = url.strip_prefix("ws://").expect("a WebSocket URL");
        rest.split_at(rest.find('/').expect("a stage"))
    }

    /// What the stack's process holds in memory.
    pub(crate) fn resident_kilobytes(&self) -> f64 {
        let id = self.parlor.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("benches run on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells");
        line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
    }
}

/// The value of an option of the bench, as in `-- --connections 100`.
pub(crate) fn argument(name: &str) -> Option<usize> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).map(|value| value.parse().expect("a number"))
}

fn parlor() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "local", "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "`parlor` cannot be built");
    let messages = String::from_utf8_lossy(&built.stdout);
    let mut executables = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["executable"].as_str().map(PathBuf::from));
    executables.next_back().expect("`parlor` is a binary of its package")
}
