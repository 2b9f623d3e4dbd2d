//! What `parlor new` writes, and what it rejects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::template::{FunctionNames, ReadOptions, Template, read};
use toml::Table;

use crate::harness::{Ended, directory, ends, files, names, parlor};

async fn create(directory: &Path, arguments: &[&str]) -> Ended {
    ends(parlor(directory, &[&["new"], arguments].concat())).await
}

async fn created(directory: &Path, arguments: &[&str]) -> Ended {
    let ended = create(directory, arguments).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn toml(path: &Path) -> Table {
    text(path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of a project by their path in it.
fn contents(project: &Path) -> BTreeMap<String, String> {
    let content =
        |path: &std::path::PathBuf| (path.strip_prefix(project).unwrap().to_str().unwrap().to_owned(), text(path));
    files(project).iter().map(content).collect()
}

fn template(project: &Path) -> Template {
    let options = ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Default::default(),
        imports: BTreeMap::new(),
    };
    read(&project.join("template.yaml"), &options).unwrap()
}

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

    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_str().unwrap();
    for (path, content) in &contents {
        // Hosts in the toolkit's own unit tests.
        let words = content.replace("chat.example.com", "").to_lowercase();
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
async fn the_workspace_has_exactly_the_packages_and_dependencies_of_the_project() {
    let directory = directory();
    for (name, word, members) in [
        ("minimal", "minimal", &["functions/*", "shared", "tests"]),
        ("talk", "chat", &["chat", "functions/*", "shared"]),
    ] {
        created(directory.path(), &[name, "--template", word]).await;
        let project = directory.path().join(name);

        let workspace = toml(&project.join("Cargo.toml"))["workspace"].clone();

        let listed: Vec<&str> =
            workspace["members"].as_array().unwrap().iter().filter_map(|path| path.as_str()).collect();
        assert_eq!(listed, *members);
        assert!(workspace.get("default-members").is_none() && workspace.get("exclude").is_none());
        let mut used = BTreeSet::new();
        let manifests: Vec<_> = files(&project).into_iter().filter(|file| file.ends_with("Cargo.toml")).collect();
        for manifest in &manifests[1..] {
            for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let manifest = toml(manifest);
                let section = manifest.get(section).and_then(|section| section.as_table()).cloned().unwrap_or_default();
                used.extend(section.into_iter().map(|(name, _)| name));
            }
        }
        let dependencies = workspace["dependencies"].as_table().unwrap();
        assert_eq!(dependencies.keys().cloned().collect::<BTreeSet<_>>(), used);
        let own = toml(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")));
        for (name, dependency) in dependencies {
            assert_eq!(Some(dependency), own["workspace"]["dependencies"].get(name), "{name}");
        }
        assert_eq!(workspace["lints"], own["workspace"]["lints"]);
        assert_eq!(toml(&project.join("Cargo.toml"))["profile"], own["profile"]);
    }
}

#[tokio::test]
async fn cargo_accepts_the_workspace() {
    let directory = directory();
    for (name, word) in [("minimal", "minimal"), ("talk", "chat")] {
        created(directory.path(), &[name, "--template", word]).await;
        let project = directory.path().join(name);

        let mut command = tokio::process::Command::new(env!("CARGO"));
        command.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(&project);
        let metadata = ends(command).await;

        assert_eq!(metadata.code, Some(0), "{metadata:?}");
        let metadata: serde_json::Value = serde_json::from_str(&metadata.output).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
        for function in template(&project).functions {
            let binary = function.binary.unwrap();
            assert!(names.contains(binary.as_str()), "{binary}: {names:?}");
        }
    }
}

#[tokio::test]
async fn the_lock_file_has_the_versions_of_this_repository() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;
    let packages = |lock: &Table| lock["package"].as_array().unwrap().clone();
    let own = packages(&toml(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"))));

    let lock = packages(&toml(&directory.path().join("my-app/Cargo.lock")));

    let key = |package: &toml::Value, key: &str| package.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let id = |package: &toml::Value| ["name", "version", "checksum"].map(|name| key(package, name));
    let known: BTreeSet<_> = own.iter().map(id).collect();
    assert!(lock.len() > 10 && lock.len() < own.len());
    for package in lock.iter().filter(|package| package.get("source").is_some()) {
        assert!(known.contains(&id(package)), "{package:?}");
    }
}

#[tokio::test]
async fn the_template_is_read_without_a_warning() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;

    let template = template(&directory.path().join("my-app"));

    assert_eq!(template.warnings, [] as [String; 0]);
    let [api] = template.web_socket_apis.as_slice() else { panic!("{:?}", template.web_socket_apis) };
    assert_eq!(api.routes.keys().collect::<Vec<_>>(), ["$connect", "$default", "$disconnect"]);
    assert_eq!(template.schedules.len(), 1);
    for function in &template.functions {
        assert_eq!(function.environment["CONNECTIONS_TABLE"], "Connections", "{}", function.logical_id);
    }
}

#[tokio::test]
async fn what_the_readme_says_to_paste_fits_the_template() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;
    let project = directory.path().join("my-app");
    let readme = text(&project.join("README.md"));
    let blocks: Vec<String> = readme
        .split("   ```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("   ```\n"))
        .map(|(block, _)| block.lines().map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line))).collect())
        .collect();
    let [fanout, environment, statement, authorizer, function, secret] = blocks.as_slice() else {
        panic!("{blocks:#?}")
    };
    let insert = |text: &str, before: &str, block: &str| {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text.replace(before, &format!("{block}{before}"))
    };

    let mut pasted = text(&project.join("template.yaml"));
    pasted = insert(&pasted, "  Connections:\n    Type: AWS::DynamoDB::Table", &format!("{fanout}\n{function}\n"));
    pasted = insert(&pasted, "      LoggingConfig:\n        LogGroup: !Ref DefaultLogs\n", environment);
    pasted = insert(&pasted, "            # DeleteItem prunes stale connections.\n", statement);
    pasted = insert(&pasted, "      DefaultRouteSettings:\n", authorizer);
    pasted = insert(&pasted, "\nGlobals:\n", secret).replace("NoEcho: true", &format!("Default: {}", "x".repeat(32)));
    std::fs::write(project.join("template.yaml"), pasted).unwrap();

    let template = template(&project);
    assert_eq!(template.warnings, [] as [String; 0]);
    let function =
        |logical_id: &str| template.functions.iter().find(|function| function.logical_id == logical_id).unwrap();
    assert_eq!(function("DefaultFunction").environment["FANOUT_FUNCTION"], function("FanoutFunction").name);
    assert_eq!(function("AuthorizerFunction").environment["TOKEN_SECRET"], "x".repeat(32));
    assert!(matches!(&template.web_socket_apis[0].authorization, local::template::Authorization::Lambda(_)));
}

/// cargo-lambda renders these files with Liquid, wherever they are.
#[tokio::test]
async fn no_file_is_taken_for_a_liquid_template() {
    let directory = directory();
    for (name, word) in [("minimal", "minimal"), ("talk", "chat")] {
        created(directory.path(), &[name, "--template", word]).await;
        for (path, content) in contents(&directory.path().join(name)) {
            let rendered = ["Cargo.toml", "README.md", "src/main.rs", "src/lib.rs"];
            if rendered.iter().any(|name| path.ends_with(name)) || path.split('/').any(|part| part == "bin") {
                assert!(!content.contains("{{") && !content.contains("{%"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn the_chat_is_what_this_repository_deploys() {
    let directory = directory();
    let ended = created(directory.path(), &["talk", "--template", "chat"]).await;
    let project = directory.path().join("talk");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();

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
        ("my_app", "`my_app` cannot be used for a project: CloudFormation does not accept `_`", "`my-app`"),
        (
            "apps/1st",
            "`1st` cannot be used for a project: a CloudFormation stack name starts with a letter",
            "`app-1st`",
        ),
        ("match", "`match` cannot be used for a project: it is a Rust keyword", "`match-app`"),
        ("test", "`test` cannot be used for a project: a library of Rust", "`test-app`"),
        (&long, "it has 124 characters", "choose another name"),
    ] {
        let ended = create(directory.path(), &[path]).await;

        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.starts_with("error: ") && ended.errors.contains(problem), "{ended:?}");
        assert!(ended.errors.split_once("\n\nhint: ").unwrap().1.contains(hint), "{ended:?}");
    }
    assert_eq!(names(directory.path()), ["file", "taken"]);
    assert_eq!(names(&directory.path().join("taken")), [] as [&str; 0]);
}
