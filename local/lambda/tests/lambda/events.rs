//! Asynchronous invocations.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::harness::{Door, start};

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
    // A third attempt would come two seconds later. Three times an attempt and its retry take one second or more each.
    for _ in 0..3 {
        stack.tell_later("exit").await;
        assert_eq!(witness.event().await["do"], "exit");
        assert_eq!(witness.event().await["do"], "exit");
    }
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
