//! Messages on their way to functions, and what comes back.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;

use crate::lambda::Answer;
use crate::world::{World, soon};

const ECHO: &str = r#"{"action":"echo"}"#;

#[tokio::test]
async fn a_function_that_does_not_exist_or_returns_no_json_is_an_internal_server_error() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for answer in [Answer::Unknown, Answer::Returns("no json".to_owned())] {
        world.lambda.script("default", answer);
        client.send("hello").await;
        let frame: Value = serde_json::from_str(&client.receive().await).unwrap();
        assert_eq!(frame["message"], "Internal server error");
    }
}

#[tokio::test]
async fn messages_beyond_the_limit_wait_for_their_turn_and_pings_do_not() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("echo", Answer::json(json!({"statusCode": 200, "body": "done"})).after(&gate));
    for _ in 0..100 {
        client.send(ECHO).await;
    }
    for _ in 0..64 {
        world.lambda.event_of("echo").await;
    }
    client.send_message(Message::Ping("still there".into())).await;
    assert_eq!(soon(client.socket.next()).await.unwrap().unwrap(), Message::Pong("still there".into()));
    // Another connection has its own limit; its message is the next that runs.
    let later = r#"{"action":"echo","later":true}"#;
    world.connect().await.send(later).await;
    assert_eq!(world.lambda.event_of("echo").await["body"], later);
    let released_at = Timestamp::now().as_millisecond();
    gate.add_permits(101);
    for _ in 0..100 {
        assert_eq!(client.receive().await, "done");
    }
    for _ in 64..100 {
        let received_at = world.lambda.event_of("echo").await["requestContext"]["requestTimeEpoch"].as_i64().unwrap();
        assert!(received_at <= released_at, "a message arrives when its client sends it, not when its turn comes");
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_its_messages_wait_is_noticed_and_they_still_run() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("default", Answer::ok().after(&gate));
    for number in 0..70 {
        client.send(&number.to_string()).await;
    }
    drop(client);
    assert_eq!(world.lambda.event_of("disconnect").await["requestContext"]["disconnectStatusCode"], 1006);
    gate.add_permits(70);
    for _ in 0..70 {
        world.lambda.event_of("default").await;
    }
}

#[tokio::test]
async fn a_client_that_far_outruns_its_functions_is_closed() {
    let world = World::start().await;
    let mut client = world.connect().await;
    world.lambda.script("default", Answer::ok().after(&Arc::new(Semaphore::new(0))));
    for _ in 0..=4096 {
        client.socket.feed(Message::text("")).await.unwrap();
    }
    soon(client.socket.flush()).await.unwrap();
    assert_eq!(client.closing().await, (1008, "Too many messages".to_owned()));
    assert_eq!(world.lambda.event_of("disconnect").await["requestContext"]["disconnectStatusCode"], 1008);
}
