//! The Invoke API: who may call, by which name, and what is refused.

use std::time::Duration;

use local_core::events::Reporter;
use local_core::invocation::{Functions, Invocation};
use local_lambda::{LambdaClient, forward};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::harness::{Door, PATIENCE, call, post, start};

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
async fn what_lambda_refuses_is_refused() {
    let stack = start(|_| {}).await;
    let event = [("X-Amz-Invocation-Type", "Event")];
    let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));

    for (name, headers, body, status, error_type) in [
        ("nobody", &[][..], "{}".to_owned(), 404, "ResourceNotFoundException"),
        ("nobody:live", &[], "{}".to_owned(), 404, "ResourceNotFoundException"),
        ("scripted:a%20b", &[], "{}".to_owned(), 400, "ValidationException"),
        ("scripted", &[], "{".to_owned(), 400, "InvalidRequestContentException"),
        ("scripted", &[], large(6 * 1024 * 1024), 413, "RequestTooLargeException"),
        ("scripted", &event, large(1024 * 1024), 413, "RequestTooLargeException"),
        ("scripted", &[("X-Amz-Invocation-Type", "Maybe")], "{}".to_owned(), 400, "InvalidParameterValueException"),
    ] {
        let answer = stack.post(name, headers, body).await;
        assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (status, error_type), "{name}");
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
async fn a_service_that_is_not_local_is_answered_with_those_that_are() {
    let stack = start(|_| {}).await;

    let answer = call(Method::PUT, &format!("{}/bucket/key", stack.url), &[], "").await;

    assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (404, "UnknownOperationException"));
    assert!(answer.text("message").contains("only DynamoDB"), "{}", answer.body);
    stack.stop().await;
}

#[tokio::test]
async fn a_web_page_cannot_invoke_functions() {
    let stack = start(|_| {}).await;

    let answer = stack.post("scripted", &[("Origin", "http://localhost:3000")], "{}").await;

    assert_eq!(answer.status, 403);
    stack.stop().await;
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
async fn a_client_hangs_up_when_its_limit_has_passed() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lambda = LambdaClient::new(format!("http://{}", silent.local_addr().unwrap()));
    let (function, event, limit) = ("scripted".into(), json!({}), Duration::from_millis(100));

    let (waited_for, handed_over) = tokio::join!(
        timeout(PATIENCE, lambda.invoke(&function, &event, limit)),
        timeout(PATIENCE, lambda.invoke_asynchronously(&function, &event, limit)),
    );

    assert!(matches!(waited_for, Ok(Invocation::TimedOut)), "{waited_for:?}");
    assert!(matches!(handed_over, Ok(Invocation::TimedOut)), "{handed_over:?}");
    for _ in 0..2 {
        let (mut connection, _) = silent.accept().await.unwrap();
        timeout(PATIENCE, connection.read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn calls_are_passed_on_to_another_endpoint() {
    let stack = start(|_| {}).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let forwarding = tokio::spawn(forward(listener, stack.url.clone(), None, Reporter::default(), shutdown.clone()));

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
