//! The Lambda host through the Invoke API, with real processes.

mod harness;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use harness::{Door, PATIENCE, post, scripted_function, start, start_with, write_package};
use local::lambda::{Endpoints, Invocation, LambdaClient, forward, write_watch_file};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_function_answers_and_its_process_is_used_again() {
    let stack = start(|_| {}).await;

    let first = stack.tell("answer").await;
    let second = stack.tell("answer").await;

    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.header("X-Amz-Executed-Version"), "$LATEST");
    assert_eq!(first.header("x-amzn-RequestId"), first.text("requestId"));
    assert_ne!(first.text("requestId"), second.text("requestId"));
    assert_eq!(first.body["processId"], second.body["processId"]);
    stack.stop().await;
}

#[tokio::test]
async fn a_function_error_is_told_in_the_function_s_words() {
    let stack = start(|_| {}).await;

    let answer = stack.tell("fail").await;

    assert_eq!((answer.status, answer.header("X-Amz-Function-Error")), (200, "Unhandled"));
    assert_eq!(answer.body, json!({ "errorMessage": "as told", "errorType": "Told" }));
    let event = json!({ "do": "fail" });
    let seen_by_the_gateway = LambdaClient::new(&stack.url).invoke("scripted", &event, PATIENCE).await;
    assert!(matches!(seen_by_the_gateway, Invocation::Failed { message } if message == "as told"));
    stack.stop().await;
}

#[tokio::test]
async fn a_crash_is_survived() {
    let stack = start(|_| {}).await;

    for (command, words) in [("exit", "exit status 3"), ("abort", "signal: aborted")] {
        let crash = stack.tell(command).await;
        assert_eq!((crash.status, crash.text("errorType")), (200, "Runtime.ExitError"));
        let message = crash.text("errorMessage");
        assert!(message.ends_with(&format!("Error: Runtime exited with error: {words}")), "{message}");
        assert!(message.starts_with("RequestId: "), "{message}");
    }

    assert_eq!(stack.tell("answer").await.header("X-Amz-Function-Error"), "");
    stack.stop().await;
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_ended() {
    let stack = start(|function| function.timeout = Duration::from_millis(500)).await;

    let answer = stack.tell("sleep").await;

    assert_eq!((answer.status, answer.text("errorType")), (200, "Sandbox.Timedout"));
    let message = answer.text("errorMessage");
    assert!(message.ends_with("Error: Task timed out after 0.50 seconds"), "{message}");
    assert_eq!(stack.tell("answer").await.header("X-Amz-Function-Error"), "");
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_cannot_start_is_a_function_error() {
    let missing = start_with("/nonexistent/bootstrap".into(), |_| {}).await;
    assert_eq!(missing.tell("answer").await.text("errorType"), "Runtime.InvalidEntrypoint");
    missing.stop().await;

    let broken = start(|function| drop(function.environment.insert("FAIL_TO_START".into(), "1".into()))).await;
    for _ in 0..2 {
        let answer = broken.tell("answer").await;
        assert_eq!(answer.text("errorType"), "Runtime.ExitError");
        assert!(answer.text("errorMessage").ends_with("exit status 7"));
    }
    broken.stop().await;
}

#[tokio::test]
async fn each_concurrent_execution_has_a_process_up_to_the_limit() {
    let gate = Door::open().await;
    let stack = start(|function| {
        function.reserved_concurrency = Some(2);
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let (first, second, ()) = tokio::join!(stack.tell("wait"), stack.tell("wait"), async {
        let (mut one, mut other) = (gate.arrival().await, gate.arrival().await);
        let third = stack.tell("answer").await;
        assert_eq!((third.status, third.header("x-amzn-ErrorType")), (429, "TooManyRequestsException"));
        assert_eq!(third.text("Reason"), "ReservedFunctionConcurrentInvocationLimitExceeded");
        one.write_all(b"go\n").await.unwrap();
        other.write_all(b"go\n").await.unwrap();
    });

    assert_ne!(first.body["processId"], second.body["processId"]);
    assert_eq!(stack.tell("answer").await.status, 200);
    stack.stop().await;
}

#[tokio::test]
async fn an_event_that_fails_is_retried_and_then_dropped() {
    let witness = Door::open().await;
    let stack = start(|function| {
        function.asynchronous.maximum_retry_attempts = 1;
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    assert_eq!(stack.tell_later("fail").await.status, 202);
    let (first, second) = (witness.event().await, witness.event().await);

    assert_eq!((&first["do"], &second["do"]), (&json!("fail"), &json!("fail")));
    let third = timeout(Duration::from_secs(3), witness.event()).await;
    assert!(third.is_err(), "a third attempt");
    stack.stop().await;
}

#[tokio::test]
async fn events_beyond_the_limit_wait_for_their_turn() {
    let (witness, gate) = (Door::open().await, Door::open().await);
    let stack = start(|function| {
        function.reserved_concurrency = Some(1);
        function.environment.insert("WITNESS".into(), witness.address());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    for command in ["wait", "answer", "answer"] {
        assert_eq!(stack.tell_later(command).await.status, 202);
    }

    assert_eq!(witness.event().await["do"], "wait");
    gate.arrival().await.write_all(b"go\n").await.unwrap();
    assert_eq!(witness.event().await["do"], "answer");
    assert_eq!(witness.event().await["do"], "answer");
    stack.stop().await;
}

#[tokio::test]
async fn an_event_too_old_is_never_delivered() {
    let (witness, gate) = (Door::open().await, Door::open().await);
    let stack = start(|function| {
        function.reserved_concurrency = Some(1);
        function.asynchronous.maximum_event_age = Duration::from_millis(200);
        function.environment.insert("WITNESS".into(), witness.address());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let (_, ()) = tokio::join!(stack.tell("wait"), async {
        assert_eq!(witness.event().await["do"], "wait");
        let mut held = gate.arrival().await;
        stack.tell_later("answer").await;
        // The age is all that passes here: no event arrives.
        assert!(timeout(Duration::from_millis(500), witness.event()).await.is_err());
        held.write_all(b"go\n").await.unwrap();
    });

    stack.tell("fail").await;
    assert_eq!(witness.event().await["do"], "fail");
    stack.stop().await;
}

#[tokio::test]
async fn a_function_sees_lambda_s_environment_and_nothing_of_the_user_s() {
    let stack = start(|function| drop(function.environment.insert("TABLE".into(), "rooms".into()))).await;

    let answer = stack.tell("answer").await;
    let environment: BTreeMap<String, String> = serde_json::from_value(answer.body["environment"].clone()).unwrap();

    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_LAMBDA", &stack.url),
        ("AWS_LAMBDA_FUNCTION_NAME", "scripted"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("_HANDLER", "bootstrap"),
        ("TABLE", "rooms"),
    ] {
        assert_eq!(environment.get(name).map(String::as_str), Some(value), "{name}");
    }
    // Cargo gave this process all of these.
    for name in ["HOME", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "AWS_PROFILE"] {
        assert_eq!(environment.get(name), None, "{name}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn no_process_is_left_after_the_stop() {
    let gate = Door::open().await;
    let stack = start(|function| drop(function.environment.insert("GATE".into(), gate.address()))).await;
    let idle = stack.tell("answer").await.body["processId"].as_i64().unwrap();
    let (url, busy) = (stack.url.clone(), json!({ "do": "wait" }).to_string());
    let waiting = tokio::spawn(async move { post(&url, "scripted", &[], busy).await });
    let _held = gate.arrival().await;

    stack.stop().await;

    let answer = timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!(answer.header("X-Amz-Function-Error"), "Unhandled");
    let process = rustix::process::Pid::from_raw(idle.try_into().unwrap()).unwrap();
    assert!(rustix::process::test_kill_process(process).is_err());
}

#[tokio::test]
async fn a_web_page_cannot_invoke_functions() {
    let stack = start(|_| {}).await;

    let answer = stack.post("scripted", &[("Origin", "http://localhost:3000")], "{}").await;

    assert_eq!(answer.status, 403);
    stack.stop().await;
}

#[tokio::test]
async fn new_code_serves_later_invocations() {
    let stack = start(|_| {}).await;
    let old = stack.tell("answer").await;
    let directory = tempfile::tempdir().unwrap();
    let new_code = directory.path().join("new");
    std::fs::copy(scripted_function().await, &new_code).unwrap();

    stack.host.replace(BTreeMap::from([("Scripted".to_owned(), new_code.clone())]));
    let new = stack.tell("answer").await;

    assert_ne!(old.text("path"), new.text("path"));
    assert_eq!(Path::new(new.text("path")), new_code.canonicalize().unwrap());
    stack.stop().await;
}

#[tokio::test]
async fn what_lambda_refuses_is_refused() {
    let stack = start(|_| {}).await;
    let event = [("X-Amz-Invocation-Type", "Event")];
    let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));

    for (name, headers, body, status, error_type) in [
        ("nobody", &[][..], "{}".to_owned(), 404, "ResourceNotFoundException"),
        ("scripted", &[], "{".to_owned(), 400, "InvalidRequestContentException"),
        ("scripted", &[], large(6 * 1024 * 1024), 413, "RequestTooLargeException"),
        ("scripted", &event, large(1024 * 1024), 413, "RequestTooLargeException"),
        ("scripted", &[("X-Amz-Invocation-Type", "Maybe")], "{}".to_owned(), 400, "InvalidParameterValueException"),
    ] {
        let answer = stack.post(name, headers, body).await;
        assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (status, error_type));
    }
    let unknown = stack.post("nobody", &[], "{}").await;
    assert_eq!(
        unknown.body,
        json!({
            "Type": "User",
            "Message": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody",
        })
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_function_is_found_by_its_logical_id_its_arn_and_a_qualified_name() {
    let stack = start(|_| {}).await;

    for name in ["Scripted", "arn:aws:lambda:us-east-1:123456789012:function:scripted", "scripted%3A%24LATEST"] {
        let answer = stack.post(name, &[("X-Amz-Invocation-Type", "DryRun")], "{}").await;
        assert_eq!(answer.status, 204, "{name}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_response_above_lambda_s_limit_is_a_function_error() {
    let stack = start(|_| {}).await;

    assert_eq!(stack.tell("too much").await.text("errorType"), "Function.ResponseSizeTooLarge");
    assert_eq!(stack.tell("answer").await.header("X-Amz-Function-Error"), "");
    stack.stop().await;
}

#[tokio::test]
async fn a_runtime_cannot_answer_what_it_was_not_asked() {
    let stack = start(|_| {}).await;

    // The wrong id is refused, and asking for more before the right one is answered is refused too: it gives up.
    assert_eq!(stack.tell("answer another").await.text("errorType"), "Runtime.ExitError");
    stack.stop().await;
}

#[tokio::test]
async fn calls_are_passed_on_to_another_endpoint() {
    let stack = start(|_| {}).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let forwarding = tokio::spawn(forward(listener, stack.url.clone(), shutdown.clone()));

    let failed = post(&url, "scripted", &[], json!({ "do": "fail" }).to_string()).await;
    let refused = post(&url, "nobody", &[], "{}").await;

    assert_eq!((failed.status, failed.header("X-Amz-Function-Error")), (200, "Unhandled"));
    assert_eq!(failed.text("errorMessage"), "as told");
    assert_eq!((refused.status, refused.header("x-amzn-ErrorType")), (404, "ResourceNotFoundException"));
    stack.stop().await;
    let unreachable = post(&url, "scripted", &[], "{}").await;
    assert_eq!(unreachable.status, 502);
    assert!(unreachable.text("Message").ends_with("cannot be reached"));
    shutdown.cancel();
    timeout(PATIENCE, forwarding).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_binary_that_does_not_exist_is_answered_with_those_that_do() {
    let package = write_package("lonely", "fn main() {}");
    let function = |binary| [harness::function("Scripted", &package.path().join("src"), binary)];

    let wrong = local::build::executables(&function(Some("nobody")), false).await.unwrap_err().to_string();
    let none = local::build::executables(&function(None), false).await.unwrap_err().to_string();
    let absent = local::build::executables_in(&function(Some("nobody")), package.path()).unwrap_err().to_string();

    assert!(wrong.contains("`nobody`") && wrong.contains("the binaries are `lonely`"), "{wrong}");
    assert!(none.starts_with("error: function `Scripted` has no binary"), "{none}");
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
        let found = local::build::executables_in(&function(binary), directory.path()).unwrap();
        assert_eq!(found["Scripted"], executable);
    }
}

#[test]
fn the_watch_file_has_the_variables_of_all_functions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/functions.env");
    let mut function = harness::function("Scripted", directory.path(), None);
    function.environment.insert("TABLE".into(), "rooms".into());
    let endpoints = Endpoints { dynamodb: "http://127.0.0.1:8000".into(), lambda: "http://127.0.0.1:9001".into() };

    write_watch_file(&path, &[function], &endpoints).unwrap();

    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"TABLE=rooms"), "{text}");
    assert!(lines.contains(&"AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000"), "{text}");
}
