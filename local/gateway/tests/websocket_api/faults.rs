//! What goes wrong on purpose, by a plan.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use crate::client::Client;
use crate::world::{World, connection_id, soon};

async fn world(faults: &str) -> World {
    World::with(|setup| setup.plan(faults)).await
}

/// How the stream ends, if the next thing is its end.
async fn end(client: &mut Client) -> Error {
    soon(client.socket.next()).await.expect("an end that is no close").expect_err("the end")
}

fn is_an_end_without_close_frame(error: &Error) -> bool {
    matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))
}

#[tokio::test]
async fn a_disconnect_is_lost_and_the_next_is_not() {
    let world = world("{fault: lose-disconnect, at_most: 1}").await;
    let (forgotten, _) = world.connect_with_id().await;
    let (noticed, id) = world.connect_with_id().await;

    let mut forgotten = forgotten;
    soon(forgotten.socket.close(None)).await.unwrap();
    while soon(forgotten.socket.next()).await.is_some() {}
    drop(noticed);

    assert_eq!(connection_id(&world.lambda.event_of("disconnect").await), id);
    world.assert_no_more_disconnects().await;
}

#[tokio::test]
async fn posts_to_chosen_connections_fail_and_are_not_delivered() {
    for (status, error_type, body) in [
        (410, "GoneException", ""),
        (429, "LimitExceededException", r#"{"message":"Limit Exceeded"}"#),
        (500, "InternalServerErrorException", r#"{"message":"Internal server error"}"#),
        (503, "ServiceUnavailableException", r#"{"message":"Service Unavailable"}"#),
    ] {
        let fault =
            format!("{{fault: answer-post, status: {status}, connections: {{query: {{name: ada}}}}, at_most: 1}}");
        let world = world(&fault).await;
        let (mut ada, ada_id) = world.connect_as("ada").await;
        let (mut bob, bob_id) = world.connect_as("bob").await;

        assert_eq!(world.call("POST", &bob_id, "to bob").await.status, 200);
        let failed = world.call("POST", &ada_id, "lost").await;
        assert_eq!(world.call("POST", &ada_id, "to ada").await.status, 200);

        assert_eq!((failed.status, failed.header("x-amzn-errortype")), (status, Some(error_type)));
        assert_eq!(failed.body, body);
        assert_eq!(bob.receive().await, "to bob");
        assert_eq!(ada.receive().await, "to ada");
        assert_eq!(world.call("GET", &ada_id, "").await.status, 200, "only posts fail");
    }
}

#[tokio::test]
async fn a_slow_post_arrives_in_the_end() {
    let world = world("{fault: delay-post, delay: 300ms, connections: {query: {name: ada}}}").await;
    let (mut ada, id) = world.connect_as("ada").await;

    let began = Instant::now();
    assert_eq!(world.call("POST", &id, "late").await.status, 200);

    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(ada.receive().await, "late");
}

#[tokio::test]
async fn a_socket_breaks_after_so_many_messages_of_its_client() {
    let chosen = "direction: in, after: 2, connections: {query: {name: ada}}";
    let world = world(&format!("{{fault: drop-socket, {chosen}}}")).await;
    let (mut ada, id) = world.connect_as("ada").await;
    let (mut bob, _) = world.connect_as("bob").await;

    for text in ["one", "two"] {
        ada.send(text).await;
        assert_eq!(world.lambda.event_of("default").await["body"], text);
    }
    ada.send("three").await;

    let error = end(&mut ada).await;
    assert!(is_an_end_without_close_frame(&error), "{error:?}");
    let event = world.lambda.event_of("disconnect").await;
    assert_eq!((connection_id(&event), event["requestContext"]["disconnectStatusCode"].as_u64()), (id, Some(1006)));
    bob.send("of bob").await;
    assert_eq!(world.lambda.event_of("default").await["body"], "of bob");
}

#[tokio::test]
async fn a_socket_is_reset_at_a_message_to_its_client() {
    let world = world("{fault: drop-socket, ending: reset, direction: out, after: 1}").await;
    let (mut client, id) = world.connect_with_id().await;

    client.send("hello").await;
    assert_eq!(world.lambda.event_of("default").await["body"], "hello");
    assert_eq!(world.call("POST", &id, "one").await.status, 200);
    assert_eq!(client.receive().await, "one");
    // It was accepted, and nobody gets it.
    assert_eq!(world.call("POST", &id, "two").await.status, 200);

    let error = end(&mut client).await;
    assert!(matches!(&error, Error::Io(error) if error.kind() == ErrorKind::ConnectionReset), "{error:?}");
    assert_eq!(connection_id(&world.lambda.event_of("disconnect").await), id);
    assert_eq!(world.call("POST", &id, "three").await.status, 410);
}

#[tokio::test]
async fn the_same_seed_fails_the_same_posts() {
    let statuses = async || {
        let world = world("{fault: answer-post, status: 429, rate: 0.3}").await;
        let (_client, id) = world.connect_with_id().await;
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(world.call("POST", &id, "text").await.status);
        }
        statuses
    };

    let first = statuses().await;

    assert!(first.contains(&200) && first.contains(&429), "{first:?}");
    assert_eq!(first, statuses().await);
}
