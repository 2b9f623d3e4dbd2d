//! The git repository of a new project.

use std::path::Path;

use tokio::process::Command;

use crate::harness::{Ended, directory, ends, names, parlor};

async fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let ended = ends(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.output
}

async fn created(command: Command) -> Ended {
    let ended = ends(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

#[tokio::test]
async fn all_files_are_committed() {
    let directory = directory();
    // What a user ignores everywhere is a part of the project all the same.
    std::fs::write(directory.path().join("ignore"), "Cargo.lock\n.cargo\n").unwrap();
    std::fs::write(directory.path().join("config"), "[core]\nexcludesFile = ignore\n[commit]\ngpgSign = true\n")
        .unwrap();
    let mut command = parlor(directory.path(), &["new", "my-app"]);
    command.env("GIT_CONFIG_GLOBAL", directory.path().join("config"));

    let ended = created(command).await;

    let project = directory.path().join("my-app");
    assert!(ended.errors.contains(", and committed them to a new git repository\n"), "{ended:?}");
    assert_eq!(git(&project, &["log", "--format=%an %s"]).await, "Ada Initial commit\n");
    assert_eq!(git(&project, &["status", "--porcelain"]).await, "");
    let committed = git(&project, &["ls-files"]).await;
    for file in ["Cargo.lock", ".cargo/config.toml", ".gitignore"] {
        assert!(committed.lines().any(|line| line == file), "{file}");
    }
}

#[tokio::test]
async fn a_user_whom_git_does_not_know_gets_a_repository_without_a_commit() {
    let directory = directory();
    let mut command = parlor(directory.path(), &["new", "my-app"]);
    for role in ["AUTHOR", "COMMITTER"] {
        command.env_remove(format!("GIT_{role}_NAME")).env_remove(format!("GIT_{role}_EMAIL"));
    }
    command.env_remove("EMAIL");
    // Otherwise git may guess an address.
    command.envs([
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "user.useConfigOnly"),
        ("GIT_CONFIG_VALUE_0", "true"),
    ]);

    let ended = created(command).await;

    assert!(
        ended.errors.contains("note: the first commit is yours to make: git does not know who you are"),
        "{ended:?}"
    );
    let project = directory.path().join("my-app");
    assert!(project.join(".git/HEAD").is_file() && project.join("Cargo.toml").is_file());
}

#[tokio::test]
async fn a_machine_without_git_gets_a_project_without_a_repository() {
    let directory = directory();
    let mut command = parlor(directory.path(), &["new", "my-app"]);
    command.env("PATH", directory.path());

    let ended = created(command).await;

    assert!(ended.errors.contains("note: no git repository was created: `git` is not installed"), "{ended:?}");
    assert!(directory.path().join("my-app/Cargo.toml").is_file());
    assert!(!directory.path().join("my-app/.git").exists());
}

#[tokio::test]
async fn a_project_inside_a_repository_is_a_part_of_it_unless_it_is_ignored() {
    let directory = directory();
    git(directory.path(), &["init", "--quiet"]).await;
    std::fs::write(directory.path().join(".gitignore"), "/scratch/\n").unwrap();

    let part = created(parlor(directory.path(), &["new", "part"])).await;
    let ignored = created(parlor(directory.path(), &["new", "scratch/own"])).await;

    assert!(part.errors.contains("note: no git repository was created: the project is part of the one"), "{part:?}");
    assert!(!directory.path().join("part/.git").exists());
    assert!(ignored.errors.contains(", and committed them to a new git repository"), "{ignored:?}");
    assert!(directory.path().join("scratch/own/.git/HEAD").is_file());
}

#[tokio::test]
async fn a_git_hook_that_creates_a_project_keeps_its_own_repository() {
    let directory = directory();
    let hook = directory.path().join("hook");
    std::fs::create_dir(&hook).unwrap();
    git(&hook, &["init", "--quiet"]).await;
    let mut command = parlor(directory.path(), &["new", "my-app"]);
    command.env("GIT_DIR", hook.join(".git")).env("GIT_INDEX_FILE", hook.join(".git/index"));

    created(command).await;

    assert_eq!(names(&hook), [".git"]);
    assert!(!hook.join(".git/index").exists(), "the hook's index has the project's files");
    assert!(directory.path().join("my-app/.git/HEAD").is_file());
}
