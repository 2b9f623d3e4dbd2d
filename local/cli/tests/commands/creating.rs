//! What `parlor new` writes, and what it rejects.

use std::path::Path;

use toml::Table;

use crate::harness::{directory, names};
use crate::project::{contents, create, created, template, text};

#[tokio::test]
async fn a_project_has_everything_that_it_needs() {
    let directory = directory();

    let ended = created(directory.path(), &["my-app"]).await;

    let project = directory.path().join("my-app");
    for file in [
        ".cargo/config.toml",
        ".git/HEAD",
        ".github/workflows/ci.yml",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "functions/connect/src/main.rs",
        "functions/default/src/main.rs",
        "functions/disconnect/src/main.rs",
        "functions/keepalive/src/main.rs",
        "rust-toolchain.toml",
        "samconfig.toml",
        "shared/src/lib.rs",
        "template.yaml",
        "tests/Cargo.toml",
        "web/index.html",
    ] {
        assert!(project.join(file).is_file(), "{file}");
    }
    assert_eq!(names(directory.path()), ["my-app"], "nothing is left next to the project");
    assert_eq!(ended.output, "");
    assert!(
        ended.errors.starts_with("    Creating project `my-app` from template `minimal`\n     Created "),
        "{ended:?}"
    );
    let next = ended.errors.split_once("\nnext:\n").unwrap().1;
    let commands: Vec<&str> = next.lines().map(|line| line.split("  #").next().unwrap().trim()).collect();
    assert_eq!(commands, ["cd my-app", "parlor", "parlor exec -- cargo test"]);
}

#[tokio::test]
async fn a_project_bears_its_own_name_and_names_neither_the_chat_nor_this_machine() {
    let directory = directory();
    created(directory.path(), &["lobby-2"]).await;

    let contents = contents(&directory.path().join("lobby-2"));

    let here = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_str().unwrap();
    for (path, content) in &contents {
        let words = content.to_lowercase();
        for unwanted in ["chat", "my-websocket-app", "cargo local --", here] {
            assert!(!words.contains(unwanted), "{path} has `{unwanted}`");
        }
    }
    assert!(contents["README.md"].starts_with("# lobby-2\n"));
    let configuration: Table = contents["samconfig.toml"].parse().unwrap();
    assert_eq!(configuration["default"]["global"]["parameters"]["stack_name"].as_str(), Some("lobby-2-dev"));
    assert_eq!(configuration["prod"]["global"]["parameters"]["stack_name"].as_str(), Some("lobby-2-prod"));
}

#[tokio::test]
async fn the_chat_is_what_this_repository_deploys() {
    let directory = directory();
    let ended = created(directory.path(), &["talk", "--template", "chat"]).await;
    let project = directory.path().join("talk");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();

    for file in ["chat/src/lib.rs", "functions/authorizer/src/main.rs", "shared/src/lib.rs", "web/index.html"] {
        assert_eq!(text(&project.join(file)), text(&repository.join(file)), "{file}");
    }
    let configuration = text(&project.join("samconfig.toml"));
    assert!(configuration.contains("\"talk-dev\"") && !configuration.contains("parlor"), "{configuration}");
    assert!(text(&project.join("README.md")).starts_with("# talk\n"));
    assert!(!text(&project.join("template.yaml")).contains("cargo local"));
    assert!(!project.join("chat/starter").exists());
    assert_eq!(template(&project).web_socket_apis.len(), 1);
    assert!(ended.errors.contains("\n    cd talk\n"), "{ended:?}");
}

#[tokio::test]
async fn a_path_ends_with_the_name_and_its_directories_are_created() {
    let directory = directory();
    std::fs::create_dir(directory.path().join("services")).unwrap();

    let ended = created(directory.path(), &["services/team/lobby/"]).await;

    assert!(directory.path().join("services/team/lobby/Cargo.toml").is_file());
    assert_eq!(names(&directory.path().join("services")), ["team"]);
    assert_eq!(names(&directory.path().join("services/team")), ["lobby"]);
    assert!(ended.errors.contains("project `lobby`") && ended.errors.contains("cd services/team/lobby"), "{ended:?}");
}

#[tokio::test]
async fn what_cannot_be_created_is_rejected_and_leaves_nothing_behind() {
    let directory = directory();
    std::fs::create_dir(directory.path().join("taken")).unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let long = "a".repeat(124);
    for (path, problem, hint) in [
        ("taken", "destination `taken` already exists", "choose another name"),
        ("file", "destination `file` already exists", "choose another name"),
        ("file/lobby", "`file` is not a directory", "another place"),
        ("nowhere/../lobby", "`nowhere` does not exist", "another place"),
        (".", "`.` does not end with a name", "parlor new my-app"),
        (
            "my_app",
            "`my_app` cannot be used for a project: CloudFormation does not accept `_` in a stack name",
            "`my-app`",
        ),
        (
            "apps/1st",
            "`1st` cannot be used for a project: a CloudFormation stack name starts with a letter",
            "`app-1st`",
        ),
        ("match", "`match` cannot be used for a project: it is a Rust keyword", "`match-app`"),
        ("test", "`test` cannot be used for a project: a library of Rust", "`test-app`"),
        (&long, "it has 124 characters, and a CloudFormation stack name has room for 123", "choose another name"),
    ] {
        let ended = create(directory.path(), &[path]).await;

        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.starts_with("error: ") && ended.errors.contains(problem), "{ended:?}");
        assert!(ended.errors.split_once("\n\nhint: ").unwrap().1.contains(hint), "{ended:?}");
    }
    assert_eq!(names(directory.path()), ["file", "taken"]);
    assert_eq!(names(&directory.path().join("taken")), [] as [&str; 0]);
}
