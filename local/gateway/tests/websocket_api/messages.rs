//! Messages on their way to functions, and what comes back.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;

use crate::lambda::Answer;
use crate::world::{World, soon};

const ECHO: &str = r#"{"action":"echo"}"#;

#[tokio::test]
async fn a_message_goes_to_the_route_that_it_names() {
    let world = World::with(|setup| _ = setup.route("join", "join")).await;
    let mut client = world.connect().await;
    let table = [
        (r#"{"action":"join"}"#, "join"),
        (r#"{"action":"leave"}"#, "default"),
        (r#"{"action":"$connect"}"#, "default"),
        ("no json", "default"),
    ];
    for (body, function) in table {
        client.send(body).await;
        assert_eq!(world.lambda.event_of(function).await["body"], body);
    }
}

#[tokio::test]
async fn a_message_without_route_is_forbidden_and_the_connection_stays() {
    let world = World::with(|setup| drop(setup.api.routes.remove("$default"))).await;
    let (mut client, id) = world.connect_with_id().await;
    client.send("hello").await;
    let frame = client.receive().await;
    let request_id = serde_json::from_str::<Value>(&frame).unwrap()["requestId"].as_str().unwrap().to_owned();
    let expected = format!(r#"{{"message": "Forbidden", "connectionId":"{id}", "requestId":"{request_id}"}}"#);
    assert_eq!(frame, expected);
    world.lambda.script("echo", Answer::json(json!({"statusCode": 200, "body": "still here"})));
    client.send(ECHO).await;
    assert_eq!(client.receive().await, "still here");
}

#[tokio::test]
async fn a_failing_function_is_an_internal_server_error() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let answers = [
        Answer::Fails("boom"),
        Answer::Unknown,
        Answer::json(Value::Null),
        Answer::json(json!("text")),
        Answer::json(json!({"body": "no status"})),
        Answer::Returns("no json".to_owned()),
    ];
    for answer in answers {
        world.lambda.script("default", answer);
        client.send("hello").await;
        let event = world.lambda.event_of("default").await;
        let request_id = event["requestContext"]["requestId"].as_str().unwrap();
        let expected =
            format!(r#"{{"message": "Internal server error", "connectionId":"{id}", "requestId":"{request_id}"}}"#);
        assert_eq!(client.receive().await, expected);
    }
}

#[tokio::test]
async fn a_slow_function_times_out() {
    let world = World::with(|setup| setup.route("$default", "default").timeout = Duration::from_millis(50)).await;
    let mut client = world.connect().await;
    world.lambda.script("default", Answer::ok().after(&Arc::new(Semaphore::new(0))));
    client.send("hello").await;
    let frame: Value = serde_json::from_str(&client.receive().await).unwrap();
    assert_eq!(frame["message"], "Endpoint request timed out");
}

#[tokio::test]
async fn only_a_route_with_responses_sends_the_body() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for status in [200, 404, 501] {
        world.lambda.script("default", Answer::json(json!({"statusCode": status, "body": "one way"})));
        client.send("hello").await;
        world.lambda.event_of("default").await;
    }
    for bodiless in [json!({"statusCode": 200}), json!({"statusCode": 200, "body": ""})] {
        world.lambda.script("echo", Answer::json(bodiless));
        client.send(ECHO).await;
        world.lambda.event_of("echo").await;
    }
    world.lambda.script("echo", Answer::json(json!({"statusCode": 500, "body": "two way"})));
    client.send(ECHO).await;
    assert_eq!(client.receive().await, "two way");
}

#[tokio::test]
async fn messages_of_one_connection_run_side_by_side() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("default", Answer::ok().after(&gate));
    world.lambda.script("echo", Answer::json(json!({"statusCode": 200, "body": "overtaken"})));
    client.send("slow").await;
    client.send(ECHO).await;
    assert_eq!(client.receive().await, "overtaken");
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

#[tokio::test]
async fn a_large_message_in_small_frames_arrives_whole() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let text = "ä".repeat(64 * 1024);
    for frame in crate::closing::fragments(text.as_bytes(), 32 * 1024) {
        client.send_message(frame).await;
    }
    assert_eq!(world.lambda.event_of("default").await["body"], text);
}

#[tokio::test]
async fn a_ping_is_answered_and_reaches_no_function() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send_message(Message::Ping("are you there".into())).await;
    let pong = soon(client.socket.next()).await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
    world.assert_no_more_messages().await;
}
