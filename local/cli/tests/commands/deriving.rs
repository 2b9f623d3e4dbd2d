//! What a new project takes from this repository.

use std::collections::BTreeSet;
use std::path::Path;

use toml::Table;

use crate::harness::{directory, ends, files};
use crate::project::{contents, created, template, toml};

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
                let inherited = section.into_iter().filter(|(_, dependency)| dependency.get("workspace").is_some());
                used.extend(inherited.map(|(name, _)| name));
            }
        }
        let dependencies = workspace["dependencies"].as_table().unwrap();
        assert_eq!(dependencies.keys().cloned().collect::<BTreeSet<_>>(), used);
        let own = toml(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml")));
        for (name, dependency) in dependencies {
            assert_eq!(Some(dependency), own["workspace"]["dependencies"].get(name), "{name}");
        }
        assert_eq!(workspace["lints"], own["workspace"]["lints"]);
        assert_eq!(toml(&project.join("Cargo.toml"))["profile"], own["profile"]);
    }
}

/// `tests/starter` builds the workspace of the minimal project.
#[tokio::test]
async fn cargo_accepts_the_workspace_of_the_chat() {
    let directory = directory();
    created(directory.path(), &["talk", "--template", "chat"]).await;
    let project = directory.path().join("talk");

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

#[tokio::test]
async fn the_lock_file_has_the_versions_of_this_repository() {
    let directory = directory();
    created(directory.path(), &["my-app"]).await;
    let packages = |lock: &Table| lock["package"].as_array().unwrap().clone();
    let own = packages(&toml(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"))));

    let lock = packages(&toml(&directory.path().join("my-app/Cargo.lock")));

    let key = |package: &toml::Value, key: &str| package.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let id = |package: &toml::Value| ["name", "version", "checksum"].map(|name| key(package, name));
    let known: BTreeSet<_> = own.iter().map(id).collect();
    assert!(lock.len() > 10 && lock.len() < own.len());
    for package in lock.iter().filter(|package| package.get("source").is_some()) {
        assert!(known.contains(&id(package)), "{package:?}");
    }
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
