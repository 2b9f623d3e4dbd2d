//! What goes wrong on purpose, by a plan.

use std::time::{Duration, Instant};

use crate::harness::{Door, start_with_faults};

#[tokio::test]
async fn a_function_is_killed_while_it_handles_its_event() {
    let witness = Door::open().await;
    let fault = "{fault: kill-function, functions: [Scripted], delay: 300ms, after: 1, at_most: 1}";
    let stack = start_with_faults(fault, |function| {
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    assert_eq!(stack.tell("answer").await.header("X-Amz-Function-Error"), "");
    let killed = stack.tell("sleep").await;
    assert_eq!(stack.tell("answer").await.header("X-Amz-Function-Error"), "");

    assert_eq!((killed.status, killed.text("errorType")), (200, "Runtime.ExitError"));
    assert!(killed.text("errorMessage").ends_with("signal: killed"), "{}", killed.body);
    let commands = [witness.event().await, witness.event().await, witness.event().await];
    assert_eq!(commands.each_ref().map(|event| &event["do"]), ["answer", "sleep", "answer"]);
    stack.stop().await;
}

#[tokio::test]
async fn a_killed_event_is_retried_with_its_id() {
    let witness = Door::open().await;
    let stack = start_with_faults("{fault: kill-function, delay: 300ms, at_most: 1}", |function| {
        function.asynchronous.maximum_retry_attempts = 1;
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    stack.tell_later("sleep").await;

    let (first, second) = (witness.event().await, witness.event().await);
    assert_eq!(first, second);
    stack.stop().await;
}

#[tokio::test]
async fn a_throttled_invocation_is_rejected_as_past_the_quota_of_an_account() {
    let stack =
        start_with_faults("{fault: throttle-function, functions: [Scripted], after: 1, at_most: 1}", |_| {}).await;

    let statuses = [stack.tell("answer").await.status, stack.dry_run().await.status];
    let rejected = stack.tell("answer").await;
    let last = stack.tell("answer").await;

    assert_eq!((statuses, last.status), ([200, 204], 200));
    assert_eq!((rejected.status, rejected.header("x-amzn-ErrorType")), (429, "TooManyRequestsException"));
    assert_eq!(rejected.text("Reason"), "ConcurrentInvocationLimitExceeded");
    stack.stop().await;
}

#[tokio::test]
async fn a_throttled_event_stays_in_the_queue_and_is_tried_again() {
    let witness = Door::open().await;
    // Two throttled attempts, and the one attempt that the function has.
    let stack = start_with_faults("{fault: throttle-function, at_most: 2}", |function| {
        function.asynchronous.maximum_retry_attempts = 0;
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;
    let began = Instant::now();

    assert_eq!(stack.tell_later("answer").await.status, 202);

    assert_eq!(witness.event().await["do"], "answer");
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    stack.stop().await;
}

#[tokio::test]
async fn an_event_is_delivered_twice_with_one_id() {
    let witness = Door::open().await;
    let stack = start_with_faults("{fault: repeat-event, at_most: 1}", |function| {
        function.reserved_concurrency = Some(1);
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    stack.tell_later("answer").await;
    stack.tell_later("fail").await;

    let (first, again, next) = (witness.event().await, witness.event().await, witness.event().await);
    assert_eq!(first["do"], "answer");
    assert_eq!(first, again);
    assert_eq!(next["do"], "fail");
    stack.stop().await;
}

#[tokio::test]
async fn a_delayed_event_comes_after_a_later_one() {
    let witness = Door::open().await;
    let stack = start_with_faults("{fault: delay-event, delay: 1s, at_most: 1}", |function| {
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;

    assert_eq!(stack.tell_later("answer").await.status, 202);
    assert_eq!(stack.tell_later("fail").await.status, 202);

    assert_eq!(witness.event().await["do"], "fail");
    assert_eq!(witness.event().await["do"], "answer");
    stack.stop().await;
}
