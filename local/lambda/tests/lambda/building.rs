//! From sources to executables.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use local_lambda::launch::BuildContext;
use local_lambda::watch::rebuild_on_change;
use tokio::time::{interval, timeout};

use crate::harness::{self, PATIENCE, Stack, start_with, write_package};

const SOURCE: &str = include_str!("scripted_function.rs");

#[tokio::test]
async fn a_binary_that_does_not_exist_is_answered_with_those_that_do() {
    let package = write_package("lonely", "fn main() {}");
    let function = |binary| [harness::function("Scripted", &package.path().join("src"), binary)];

    let wrong = local_lambda::launch::cargo::executables(&function(Some("nobody")), false, &BuildContext::default())
        .await
        .unwrap_err()
        .to_string();
    let none = local_lambda::launch::cargo::executables(&function(None), false, &BuildContext::default())
        .await
        .unwrap_err()
        .to_string();
    let absent =
        local_lambda::launch::executables_in(&function(Some("nobody")), package.path()).unwrap_err().to_string();

    assert!(wrong.contains("`nobody`") && wrong.contains("the binaries are `lonely`"), "{wrong}");
    assert!(none.starts_with("function `Scripted` has no binary"), "{none}");
    assert!(absent.contains("`Cargo.toml`, `src`"), "{absent}");
}

#[test]
fn built_executables_are_found_where_sam_and_cargo_lambda_leave_them() {
    let directory = tempfile::tempdir().unwrap();
    let function = |binary| [harness::function("Scripted", Path::new("/nonexistent"), binary)];
    for (place, binary) in [("Scripted/bootstrap", None), ("talk/bootstrap", Some("talk")), ("plain", Some("plain"))] {
        let executable = directory.path().join(place);
        std::fs::create_dir_all(executable.parent().unwrap()).unwrap();
        std::fs::write(&executable, "").unwrap();
        let found = local_lambda::launch::executables_in(&function(binary), directory.path()).unwrap();
        assert_eq!(found["Scripted"], executable);
    }
}

#[tokio::test]
async fn a_changed_source_serves_later_invocations() {
    let package = write_package("watched", SOURCE);
    let write = |file: &str, text: &str| std::fs::write(package.path().join(file), text).unwrap();
    let functions = vec![harness::function("Scripted", package.path(), Some("watched"))];
    let built_from = SystemTime::now();
    let built = local_lambda::launch::cargo::executables(&functions, false, &BuildContext::default()).await.unwrap();
    let stack = start_with(built["Scripted"].clone(), |_| {}).await;
    assert_eq!(stack.tell("answer").await.body["version"], 1);

    // Between the build and the watch.
    write("src/main.rs", &SOURCE.replace("VERSION: u32 = 1", "VERSION: u32 = 2"));
    let context = BuildContext { shutdown: stack.shutdown.clone(), ..BuildContext::default() };
    let watching = rebuild_on_change(functions, false, built_from, Arc::clone(&stack.host), context);
    let watching = tokio::spawn(watching);
    serves(&stack, 2).await;

    // In a directory that was not there.
    std::fs::create_dir(package.path().join("late")).unwrap();
    write("late/version.txt", "3");
    write("src/main.rs", &SOURCE.replace("VERSION: u32 = 1", "VERSION: u32 = include!(\"../late/version.txt\")"));
    serves(&stack, 3).await;
    write("late/version.txt", "4");
    serves(&stack, 4).await;

    stack.shutdown.cancel();
    timeout(PATIENCE, watching).await.unwrap().unwrap();
    stack.stop().await;
}

/// Waits until the function's code is of `version`.
async fn serves(stack: &Stack, version: u32) {
    let mut moments = interval(Duration::from_millis(50));
    let seen = async {
        while stack.tell("answer").await.body["version"] != version {
            moments.tick().await;
        }
    };
    timeout(2 * PATIENCE, seen).await.unwrap();
}
