//! Functions that fail, crash, hang or say too much.

use local_core::invocation::{Functions, Invocation};
use local_lambda::LambdaClient;
use serde_json::json;

use crate::harness::{PATIENCE, start, start_with};

#[tokio::test]
async fn a_function_error_is_told_in_the_function_s_words() {
    let stack = start(|_| {}).await;

    let answer = stack.tell("fail").await;

    assert_eq!((answer.status, answer.header("X-Amz-Function-Error")), (200, "Unhandled"));
    assert_eq!(answer.body, json!({ "errorMessage": "as told", "errorType": "Told" }));
    let event = json!({ "do": "fail" });
    let seen_by_the_gateway = LambdaClient::new(&stack.url).invoke(&"scripted".into(), &event, PATIENCE).await;
    assert!(matches!(seen_by_the_gateway, Invocation::Failed(error) if error.to_string() == "Told: as told"));
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
