//! Chains of invocations, in which each is caused by the one before.

use serde_json::json;

use crate::harness::{Answer, Stack, start};

/// Invokes the function as a function would that got `trace_id`, with an SDK.
async fn invoke(stack: &Stack, trace_id: &str, invocation_type: &str) -> Answer {
    let headers = [("X-Amzn-Trace-Id", trace_id), ("X-Amz-Invocation-Type", invocation_type)];
    stack.post("scripted", &headers, json!({ "do": "answer" }).to_string()).await
}

/// The tracing header that the last of `links` invocations got.
async fn chain(stack: &Stack, links: usize) -> String {
    let mut trace_id = stack.tell("answer").await.text("traceId").to_owned();
    for _ in 1..links {
        let answer = invoke(stack, &trace_id, "RequestResponse").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.text("traceId").clone_into(&mut trace_id);
    }
    trace_id
}

#[tokio::test]
async fn the_seventeenth_invocation_in_a_chain_is_rejected_unless_it_is_an_event() {
    let stack = start(|_| {}).await;

    let sixteenth = chain(&stack, 16).await;
    let seventeenth = invoke(&stack, &sixteenth, "RequestResponse").await;

    assert_eq!((seventeenth.status, seventeenth.header("X-Amzn-ErrorType")), (400, "RecursiveInvocationException"));
    assert_eq!(invoke(&stack, &sixteenth, "Event").await.status, 202);
    assert_eq!(stack.tell("answer").await.status, 200, "another chain is not concerned");
    stack.stop().await;
}

#[tokio::test]
async fn a_function_that_allows_recursion_goes_on() {
    let stack = start(|function| function.allows_recursion = true).await;

    let trace_id = chain(&stack, 20).await;

    assert!(trace_id.ends_with(":19"), "{trace_id}");
    stack.stop().await;
}
