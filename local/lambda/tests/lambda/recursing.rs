//! Chains of invocations, in which each is caused by the one before.

use serde_json::json;

use crate::harness::{Answer, Door, Stack, start};

/// Invokes the function as a function would that got `trace_id`, with an SDK.
async fn invoke(stack: &Stack, trace_id: &str, invocation_type: &str, command: &str) -> Answer {
    let headers = [("X-Amzn-Trace-Id", trace_id), ("X-Amz-Invocation-Type", invocation_type)];
    stack.post("scripted", &headers, json!({ "do": command }).to_string()).await
}

/// The tracing header that the last of `links` invocations got.
async fn chain(stack: &Stack, links: usize) -> String {
    let mut trace_id = stack.tell("answer").await.text("traceId").to_owned();
    for _ in 1..links {
        let answer = invoke(stack, &trace_id, "RequestResponse", "answer").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.text("traceId").clone_into(&mut trace_id);
    }
    trace_id
}

#[tokio::test]
async fn the_seventeenth_invocation_in_a_chain_is_refused() {
    let stack = start(|_| {}).await;

    let sixteenth = chain(&stack, 16).await;
    let seventeenth = invoke(&stack, &sixteenth, "RequestResponse", "answer").await;

    assert_eq!((seventeenth.status, seventeenth.header("X-Amzn-ErrorType")), (400, "RecursiveInvocationException"));
    assert_eq!(stack.tell("answer").await.status, 200, "another chain is not concerned");
    stack.stop().await;
}

#[tokio::test]
async fn the_seventeenth_event_in_a_chain_is_accepted_and_dropped() {
    let witness = Door::open().await;
    let stack = start(|function| {
        function.reserved_concurrency = Some(1);
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    let (fifteenth, ()) = tokio::join!(chain(&stack, 15), async {
        for _ in 0..15 {
            assert_eq!(witness.event().await["do"], "answer");
        }
    });
    let ((), sixteenth) = tokio::join!(async { assert_eq!(witness.event().await["do"], "answer") }, async {
        invoke(&stack, &fifteenth, "RequestResponse", "answer").await.text("traceId").to_owned()
    });
    assert_eq!(invoke(&stack, &fifteenth, "Event", "fail").await.status, 202);
    assert_eq!(witness.event().await["do"], "fail", "the sixteenth is delivered");
    assert_eq!(invoke(&stack, &sixteenth, "Event", "answer").await.status, 202);
    assert_eq!(stack.tell_later("fail").await.status, 202);

    assert_eq!(witness.event().await["do"], "fail", "the seventeenth is not");
    stack.stop().await;
}

#[tokio::test]
async fn a_function_that_allows_recursion_goes_on() {
    let stack = start(|function| function.allows_recursion = true).await;

    let trace_id = chain(&stack, 20).await;

    assert!(trace_id.ends_with(":19"), "{trace_id}");
    stack.stop().await;
}
