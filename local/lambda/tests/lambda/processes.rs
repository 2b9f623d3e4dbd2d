//! What a process sees, and when it ends.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use local_core::events::Reporter;
use local_core::trust::Trust;
use local_lambda::{ApiHosts, Endpoints, write_watch_file};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::harness::{self, Door, PATIENCE, post, scripted_function, start, start_with};

#[tokio::test]
async fn a_function_sees_lambda_s_environment_and_nothing_of_the_user_s() {
    let stack = start(|function| {
        let of_the_template = [("TABLE", "rooms"), ("AWS_SESSION_TOKEN", "real"), ("AWS_PROFILE", "real")];
        function.environment.extend(of_the_template.map(|(name, value)| (name.to_owned(), value.to_owned())));
    })
    .await;

    let answer = stack.tell("answer").await;
    let environment: BTreeMap<String, String> = serde_json::from_value(answer.body["environment"].clone()).unwrap();

    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &stack.url),
        ("AWS_ENDPOINT_URL_LAMBDA", &stack.url),
        ("AWS_LAMBDA_FUNCTION_NAME", "scripted"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("_HANDLER", "bootstrap"),
        ("TABLE", "rooms"),
    ] {
        assert_eq!(environment.get(name).map(String::as_str), Some(value), "{name}");
    }
    // This process has the first ones, and the template the others.
    for name in ["HOME", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "AWS_PROFILE", "AWS_SESSION_TOKEN"] {
        assert_eq!(environment.get(name), None, "{name}");
    }
    stack.stop().await;
}

#[test]
fn the_watch_file_has_the_variables_of_all_functions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/functions.env");
    let mut function = harness::function("Scripted", directory.path(), None);
    function.environment.insert("TABLE".into(), "rooms".into());
    function.environment.insert("AWS_PROFILE".into(), "real".into());
    let trust = Trust { authority_file: "/ca.pem".into(), bundle_file: "/bundle.pem".into() };
    let endpoints = Endpoints {
        dynamodb: "http://127.0.0.1:8000".into(),
        lambda: "http://127.0.0.1:9001".into(),
        apis: ApiHosts::default(),
        trust: Some(trust),
    };

    write_watch_file(&path, &[function], &endpoints, &Reporter::default()).unwrap();

    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"TABLE=rooms"), "{text}");
    for trusted in ["NODE_EXTRA_CA_CERTS=/ca.pem", "AWS_CA_BUNDLE=/bundle.pem", "SSL_CERT_FILE=/bundle.pem"] {
        assert!(lines.contains(&trusted), "{text}");
    }
    assert!(lines.contains(&"AWS_ENDPOINT_URL=http://127.0.0.1:9001"), "{text}");
    assert!(!text.contains("AWS_PROFILE"), "{text}");
    assert!(lines.contains(&"AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000"), "{text}");
}

#[tokio::test]
async fn no_process_is_left_after_the_stop() {
    let gate = Door::open().await;
    let stack = start(|function| drop(function.environment.insert("GATE".into(), gate.address()))).await;
    // Two at once, so that there are two processes.
    let (idle, busy, ()) = tokio::join!(stack.tell("wait"), stack.tell("wait"), async {
        for mut held in [gate.arrival().await, gate.arrival().await] {
            held.write_all(b"go\n").await.unwrap();
        }
    });
    let (url, wait) = (stack.url.clone(), json!({ "do": "wait" }).to_string());
    let waiting = tokio::spawn(async move { post(&url, "scripted", &[], wait).await });
    let _held = gate.arrival().await;

    stack.stop().await;

    let answer = timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!(answer.header("X-Amz-Function-Error"), "Unhandled");
    assert_ne!(idle.body["processId"], busy.body["processId"]);
    for answer in [idle, busy] {
        assert!(!is_running(&answer.body["processId"]));
    }
}

#[tokio::test]
async fn what_a_process_started_ends_with_it() {
    let gate = Door::open().await;
    let stack = start(|function| drop(function.environment.insert("GATE".into(), gate.address()))).await;

    let (crash, mut crashed) = tokio::join!(stack.tell("leave a child and exit"), gate.arrival());
    assert_eq!(crash.text("errorType"), "Runtime.ExitError");
    assert_eq!(timeout(PATIENCE, crashed.read(&mut [0])).await.unwrap().unwrap(), 0);

    let (_, mut left) = tokio::join!(stack.tell("leave a child"), gate.arrival());
    stack.stop().await;
    assert_eq!(timeout(PATIENCE, left.read(&mut [0])).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn new_code_serves_later_invocations() {
    let stack = start(|_| {}).await;
    let old = stack.tell("answer").await;
    let directory = tempfile::tempdir().unwrap();
    let new_code = directory.path().join("new");
    std::fs::copy(scripted_function().await, &new_code).unwrap();

    stack.replace(&new_code);
    let new = stack.tell("answer").await;

    assert_ne!(old.text("path"), new.text("path"));
    assert_eq!(Path::new(new.text("path")), new_code.canonicalize().unwrap());
    stack.stop().await;
}

#[tokio::test]
async fn a_process_with_old_code_counts_until_it_has_ended() {
    let gate = Door::open().await;
    let directory = tempfile::tempdir().unwrap();
    let stubborn = write_script(directory.path(), "trap '' TERM", &scripted_function().await);
    let stack = start_with(stubborn, |function| {
        function.reserved_concurrency = Some(1);
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let (old, ()) = tokio::join!(stack.tell("wait"), async {
        let mut held = gate.arrival().await;
        stack.replace(&scripted_function().await);
        held.write_all(b"go\n").await.unwrap();
    });
    assert_eq!(old.status, 200);

    // It does not end when it is asked to, so it is still there.
    assert_eq!(stack.tell("answer").await.status, 429);
    let answered = async { while stack.tell("answer").await.status != 200 {} };
    timeout(PATIENCE, answered).await.unwrap();
    assert!(!is_running(&old.body["processId"]));
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_took_too_long_is_gone_before_its_caller_hears() {
    let gate = Door::open().await;
    let stack = start(|function| {
        function.timeout = Duration::from_millis(500);
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;
    let process_id = stack.tell("answer").await.body["processId"].clone();

    let (late, _held) = tokio::join!(stack.tell("wait"), gate.arrival());

    assert_eq!(late.text("errorType"), "Sandbox.Timedout");
    assert!(!is_running(&process_id));
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_nobody_needs_for_long_is_ended() {
    let stack = start(|_| {}).await;
    let process_id = stack.tell("answer").await.body["processId"].clone();

    stack.host.end_idle(PATIENCE).await;
    assert!(is_running(&process_id));
    stack.host.end_idle(Duration::ZERO).await;
    assert!(!is_running(&process_id));

    assert_ne!(stack.tell("answer").await.body["processId"], process_id);
    stack.stop().await;
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_hangs_up() {
    let (witness, gate) = (Door::open().await, Door::open().await);
    let stack = start(|function| {
        function.reserved_concurrency = Some(1);
        function.environment.insert("WITNESS".into(), witness.address());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;
    let (url, wait) = (stack.url.clone(), json!({ "do": "wait" }).to_string());
    let caller = tokio::spawn(async move { post(&url, "scripted", &[], wait).await });
    assert_eq!(witness.event().await["do"], "wait");
    let mut held = gate.arrival().await;

    caller.abort();
    stack.tell_later("answer").await;
    held.write_all(b"go\n").await.unwrap();

    // The only execution is free again.
    assert_eq!(witness.event().await["do"], "answer");
    stack.stop().await;
}

/// A script that does `first` and then becomes `executable`.
fn write_script(directory: &Path, first: &str, executable: &Path) -> PathBuf {
    let script = directory.join("bootstrap");
    std::fs::write(&script, format!("#!/bin/sh\n{first}\nexec '{}'\n", executable.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

pub(crate) fn is_running(process_id: &Value) -> bool {
    let process_id = process_id.as_i64().unwrap().try_into().unwrap();
    rustix::process::test_kill_process(rustix::process::Pid::from_raw(process_id).unwrap()).is_ok()
}
