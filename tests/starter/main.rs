//! A project of a new user's own: made with one command, built, started, and used by two clients.
//!
//! Not one of the stories: it builds a project of its own, which takes minutes the first time, and stories have deadlines.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn a_new_project_builds_and_starts_and_two_clients_talk() {
    let parlor = parlor();
    let directory = tempfile::tempdir().expect("a temporary directory");
    succeed(Command::new(&parlor).args(["new", "my-app"]).current_dir(&directory));
    let project = directory.path().join("my-app");

    let tested = succeed(
        Command::new(&parlor)
            .args(["exec", "--authority", concat!(env!("CARGO_TARGET_TMPDIR"), "/authority")])
            .args(["--", "cargo", "test", "--workspace"])
            .current_dir(&project)
            // Kept, so that only the first run builds the dependencies.
            .env("CARGO_TARGET_DIR", workspace().join("target/starter"))
            .env_remove("RUSTFLAGS"),
    );

    let lines = String::from_utf8_lossy(&tested.stdout).into_owned();
    for test in ["tests::what_a_client_says_reaches_all_others", "two_clients_receive_what_the_other_says"] {
        assert!(lines.contains(&format!("test {test} ... ok")), "{lines}");
    }
    assert!(!String::from_utf8_lossy(&tested.stderr).contains("skipped:"), "over real sockets");
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a member of the workspace")
}

/// The binary `parlor`, as cargo has built it for the tests.
fn parlor() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    let build = build.args(["build", "--package", "local-cli", "--bin", "parlor", "--message-format=json"]);
    let built = succeed(build.current_dir(workspace()));
    let lines = String::from_utf8_lossy(&built.stdout).into_owned();
    let mut executables = lines.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executables.next().expect("`parlor` is an executable")
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
    output
}
