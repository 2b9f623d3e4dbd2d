//! How connections end, for the client and for `$disconnect`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::client::Client;
use crate::world::{World, soon};

/// A text message as frames of at most `size` bytes.
fn fragments(text: &[u8], size: usize) -> Vec<Message> {
    let count = text.len().div_ceil(size);
    let frame = |(index, part): (usize, &[u8])| {
        let data = if index == 0 { Data::Text } else { Data::Continue };
        Message::Frame(Frame::message(part.to_vec(), OpCode::Data(data), index + 1 == count))
    };
    text.chunks(size).enumerate().map(frame).collect()
}

async fn assert_disconnect(world: &World, code: u16, reason: &str) {
    let context = &world.lambda.event_of("disconnect").await["requestContext"];
    assert_eq!((&context["disconnectStatusCode"], &context["disconnectReason"]), (&json!(code), &json!(reason)));
    world.assert_no_more_disconnects().await;
}

#[tokio::test]
async fn a_close_is_answered_with_its_own_code_and_reason() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send_message(Message::Close(None)).await;
    assert_eq!(client.receive_message().await, Message::Close(None));
    assert!(soon(client.socket.next()).await.is_none());

    let mut client = world.connect().await;
    let frame = CloseFrame { code: 4001.into(), reason: "bye".into() };
    client.send_message(Message::Close(Some(frame))).await;
    assert_eq!(client.closing().await, (4001, "bye".to_owned()));
}

#[tokio::test]
async fn a_connection_that_drops_ends_with_1006() {
    let world = World::start().await;
    drop(world.connect().await);
    assert_disconnect(&world, 1006, "Connection closed abnormally").await;
}

#[tokio::test]
async fn a_deleted_connection_gets_what_was_accepted_before() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let body = "x".repeat(128 * 1024);
    let mut accepted = 0;
    // Until its queue is full, for the client does not read yet.
    while soon(world.call("POST", &id, body.as_str())).await.status == 200 {
        accepted += 1;
    }
    assert_eq!(world.call("DELETE", &id, "").await.status, 204);
    for _ in 0..accepted {
        assert_eq!(client.receive().await, body);
    }
    assert_eq!(client.closing().await.0, 1000);
}

#[tokio::test]
async fn an_idle_connection_goes_away_and_pings_do_not_help() {
    let world = World::with(|setup| setup.idle_timeout = Duration::from_millis(300)).await;
    let mut client = world.connect().await;
    let closing = soon(async {
        loop {
            match tokio::time::timeout(Duration::from_millis(20), client.socket.next()).await {
                Err(_) => drop(client.socket.send(Message::Ping("".into())).await),
                Ok(Some(Ok(Message::Pong(_)))) => {}
                Ok(message) => return message.unwrap().unwrap(),
            }
        }
    })
    .await;
    assert_eq!(closing, Message::Close(Some(CloseFrame { code: 1001.into(), reason: "Going away".into() })));
}

#[tokio::test]
async fn an_endless_idle_timeout_is_none() {
    let world = World::with(|setup| (setup.idle_timeout, setup.max_lifetime) = (Duration::MAX, Duration::MAX)).await;
    let mut client = world.connect().await;
    client.send("hello").await;
    assert_eq!(world.lambda.event_of("default").await["body"], "hello");
    client.send_message(Message::Close(None)).await;
    assert_disconnect(&world, 1005, "Client-side close frame status not set").await;
}

#[tokio::test]
async fn messages_of_the_client_keep_a_connection_open() {
    let world = World::with(|setup| setup.idle_timeout = Duration::from_millis(1500)).await;
    let mut client = world.connect().await;
    let began = std::time::Instant::now();
    // Longer than the idle timeout, with a message every few milliseconds.
    while began.elapsed() < Duration::from_millis(2000) {
        client.send("still here").await;
        world.lambda.event_of("default").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(client.closing().await, (1001, "Going away".to_owned()));
}

#[tokio::test]
async fn a_connection_goes_away_at_the_end_of_its_lifetime() {
    let world = World::with(|setup| setup.max_lifetime = Duration::from_millis(200)).await;
    let mut client = world.connect().await;
    assert_eq!(client.closing().await, (1001, "Going away".to_owned()));
    assert_disconnect(&world, 1001, "Going away").await;
}

#[tokio::test]
async fn what_a_client_must_not_send_closes_with_its_code() {
    let binary = vec![Message::binary(vec![1, 2, 3])];
    let large_frame = vec![Message::text("x".repeat(32 * 1024 + 1))];
    let huge_frame = vec![Message::text("x".repeat(8 * 1024 * 1024))];
    let large_message = fragments(&vec![b'x'; 128 * 1024 + 1], 32 * 1024);
    let invalid = fragments(b"\xff\xfe", 1024);
    let continuation = vec![Message::Frame(Frame::message("x", OpCode::Data(Data::Continue), true))];
    let table = [
        (binary, 1003),
        (large_frame, 1009),
        (huge_frame, 1009),
        (large_message, 1009),
        (invalid, 1007),
        (continuation, 1002),
    ];
    for (frames, code) in table {
        let world = World::start().await;
        let mut client = world.connect().await;
        for frame in frames {
            client.send_message(frame).await;
        }
        assert_eq!(client.closing().await.0, code);
        let event = world.lambda.event_of("disconnect").await;
        assert_eq!(event["requestContext"]["disconnectStatusCode"], code);
        world.assert_no_more_messages().await;
    }
}

#[tokio::test]
async fn an_unmasked_frame_breaks_the_protocol() {
    let world = World::start().await;
    let Client { mut socket } = world.connect().await;
    socket.get_mut().write_all(b"\x81\x02hi").await.unwrap();
    assert_eq!(Client { socket }.closing().await.0, 1002);
}

#[tokio::test]
async fn the_end_of_service_tells_every_client_and_runs_nothing() {
    let world = World::start().await;
    let mut clients = [world.connect().await, world.connect().await];
    world.shutdown.cancel();
    for client in &mut clients {
        assert_eq!(client.closing().await, (1001, "Going away".to_owned()));
    }
    let World { lambda, serving, .. } = &mut { world };
    soon(serving).await.unwrap();
    assert!(lambda.take("disconnect").is_none());
}
