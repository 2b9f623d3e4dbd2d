//! Invocations past a limit: the template's limit rejects, and the machine's limit queues.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{Answer, Door, PATIENCE, Stack, start};

/// Instances of one function that this machine runs at once.
const MACHINE_LIMIT: usize = 50;

/// Lets the processes at `held` and the next `more` that arrive at `gate` go on.
async fn release(held: Vec<TcpStream>, gate: &Door, more: usize) {
    for mut process in held {
        process.write_all(b"go\n").await.unwrap();
    }
    for _ in 0..more {
        gate.arrival().await.write_all(b"go\n").await.unwrap();
    }
}

/// The processes of the first invocations, which all run at the same time.
async fn arrivals(gate: &Door) -> Vec<TcpStream> {
    let mut held = Vec::new();
    while held.len() < MACHINE_LIMIT {
        held.push(gate.arrival().await);
    }
    held
}

fn processes<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> BTreeSet<String> {
    answers.into_iter().map(|answer| answer.body["processId"].to_string()).collect()
}

#[tokio::test]
async fn invocations_past_the_limit_of_the_machine_wait_for_an_instance() {
    let gate = Door::open().await;
    let stack = start(|function| drop(function.environment.insert("GATE".into(), gate.address()))).await;
    let past_the_limit = 10;

    let (answers, ()) =
        tokio::join!(join_all((0..MACHINE_LIMIT + past_the_limit).map(|_| stack.tell("wait"))), async {
            let held = arrivals(&gate).await;
            release(held, &gate, past_the_limit).await;
        });

    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(processes(&answers).len(), MACHINE_LIMIT);
    stack.stop().await;
}

#[tokio::test]
async fn a_reserve_above_the_limit_of_the_machine_queues_up_to_the_reserve_and_then_rejects() {
    let gate = Door::open().await;
    let past_the_limit = 10;
    let reserve = MACHINE_LIMIT + past_the_limit;
    let stack = start(|function| {
        function.reserved_concurrency = Some(reserve);
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let mut calls: FuturesUnordered<_> = (0..=reserve).map(|_| stack.tell("wait")).collect();
    // All others are held at the gate or wait in the queue.
    let rejected = calls.next().await.unwrap();
    let (answers, ()) = tokio::join!(calls.collect::<Vec<_>>(), async {
        let held = arrivals(&gate).await;
        release(held, &gate, past_the_limit).await;
    });

    assert_eq!((rejected.status, rejected.text("Reason")), (429, "ReservedFunctionConcurrentInvocationLimitExceeded"));
    assert_eq!(answers.len(), reserve);
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(processes(&answers).len(), MACHINE_LIMIT);
    stack.stop().await;
}

#[tokio::test]
async fn a_caller_that_hangs_up_while_it_waits_is_not_served() {
    let (witness, gate) = (Door::open().await, Door::open().await);
    let stack = start(|function| {
        function.environment.insert("WITNESS".into(), witness.address());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let (_, ()) = tokio::join!(join_all((0..MACHINE_LIMIT).map(|_| stack.tell("wait"))), async {
        let held = arrivals(&gate).await;
        for _ in 0..MACHINE_LIMIT {
            assert_eq!(witness.event().await["do"], "wait");
        }
        assert_eq!(hang_up(&stack, "exit").await, "");
        release(held, &gate, 0).await;
    });
    let next = stack.tell("answer").await;

    assert_eq!(next.status, 200);
    assert_eq!(witness.event().await["do"], "answer");
    stack.stop().await;
}

/// Invokes the function, sends the end of the stream, and returns what the host sent until it closed the connection.
async fn hang_up(stack: &Stack, command: &str) -> String {
    let mut connection = TcpStream::connect(stack.url.trim_start_matches("http://")).await.unwrap();
    let body = json!({ "do": command }).to_string();
    let head = "POST /2015-03-31/functions/scripted/invocations HTTP/1.1\r\nHost: localhost";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    connection.write_all(request.as_bytes()).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn events_past_the_limit_of_the_machine_wait_and_callers_are_served_meanwhile() {
    let (witness, gate) = (Door::open().await, Door::open().await);
    let stack = start(|function| {
        function.environment.insert("WITNESS".into(), witness.address());
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;
    let events = 2 * MACHINE_LIMIT;
    for _ in 0..events {
        assert_eq!(stack.tell_later("wait").await.status, 202);
    }
    let held = arrivals(&gate).await;

    // Each event that ends makes room for the next event or for the caller.
    let (answer, ()) = tokio::join!(stack.tell("answer"), release(held, &gate, events - MACHINE_LIMIT));

    assert_eq!(answer.status, 200);
    for _ in 0..=events {
        witness.event().await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn callers_that_wait_when_the_host_stops_get_an_error() {
    let gate = Door::open().await;
    let reserve = MACHINE_LIMIT + 10;
    let stack = start(|function| {
        function.reserved_concurrency = Some(reserve);
        function.environment.insert("GATE".into(), gate.address());
    })
    .await;

    let mut calls: FuturesUnordered<_> = (0..=reserve).map(|_| stack.tell("wait")).collect();
    assert_eq!(calls.next().await.unwrap().status, 429, "all others are at the gate or in the queue");
    let _held = arrivals(&gate).await;
    stack.shutdown.cancel();
    let mut statuses: Vec<_> = calls.map(|answer| answer.status).collect().await;

    statuses.sort_unstable();
    assert_eq!(statuses, [[200; MACHINE_LIMIT].as_slice(), &[500; 10]].concat());
    stack.stop().await;
}
