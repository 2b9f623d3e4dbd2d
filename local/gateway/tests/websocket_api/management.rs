//! `@connections`, as a caller sees it.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;

use crate::lambda::Answer;
use crate::world::{World, connection_id, soon};

const UNUSED: &str = "SOqGjdZioAMCEeg=";

#[tokio::test]
async fn a_post_is_one_text_message() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let large = "x".repeat(128 * 1024);
    let table = [
        (b"hello".to_vec(), "hello"),
        (b"a \xff b".to_vec(), "a \u{fffd} b"),
        (Vec::new(), ""),
        (vec![0xff; 128 * 1024], &"\u{fffd}".repeat(128 * 1024)),
        (large.clone().into_bytes(), &large),
    ];
    for (body, text) in table {
        let reply = world.call("POST", &id, body).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, ""));
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("content-length"), Some("0"));
        assert_eq!(reply.header("x-amzn-requestid").map(str::len), Some(36));
        assert_eq!(reply.header("x-amz-apigw-id").map(str::len), Some(16));
        assert!(reply.header("x-amzn-trace-id").is_some_and(|id| id.starts_with("Root=1-")));
        assert_eq!(client.receive().await, text);
    }
}

#[tokio::test]
async fn posts_of_one_caller_keep_their_order() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    for number in 0..200 {
        assert_eq!(world.call("POST", &id, number.to_string()).await.status, 200);
    }
    for number in 0..200 {
        assert_eq!(client.receive().await, number.to_string());
    }
}

#[tokio::test]
async fn the_path_may_be_encoded_in_every_way_once() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let encoded = id.replace('=', "%3D");
    for path in [format!("/dev/@connections/{id}"), format!("/dev/%40connections/{encoded}")] {
        assert_eq!(world.call_path("POST", &path, "hello").await.status, 200, "{path}");
        assert_eq!(client.receive().await, "hello");
    }
    let twice = world.call_path("POST", &format!("/dev/@connections/{}", id.replace('=', "%253D")), "hello").await;
    assert_eq!(twice.status, 400);
}

#[tokio::test]
async fn get_describes_the_connection() {
    let world = World::start().await;
    let (_client, response) = world.try_connect("/dev", &[("User-Agent", "agent/\"1\"")]).await;
    assert_eq!(response.status(), 101);
    let event = world.lambda.event_of("connect").await;
    let reply = world.call("GET", &connection_id(&event), "").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    let found = reply.json();
    let (connected_at, last_active_at) =
        (found["connectedAt"].as_str().unwrap(), found["lastActiveAt"].as_str().unwrap());
    let expected = format!(
        "{{\n  \"identity\" : {{\n    \"sourceIp\" : \"127.0.0.1\",\n    \"userAgent\" : \"agent/\\\"1\\\"\"\n  }},\n  \
         \"connectedAt\" : \"{connected_at}\",\n  \"lastActiveAt\" : \"{last_active_at}\"\n}}"
    );
    assert_eq!(reply.body, expected);
    assert_eq!(connected_at.len(), "2020-11-15T12:23:14.726Z".len());
    let connected: jiff::Timestamp = connected_at.parse().unwrap();
    assert_eq!(event["requestContext"]["connectedAt"], connected.as_millisecond());
    assert!(last_active_at >= connected_at);
}

#[tokio::test]
async fn a_client_without_user_agent_has_none() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    assert_eq!(
        world.call("GET", &id, "").await.json()["identity"],
        json!({"sourceIp": "127.0.0.1", "userAgent": null})
    );
}

#[tokio::test]
async fn a_deletion_has_neither_body_nor_type() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    let reply = world.call("DELETE", &id, "").await;
    assert_eq!((reply.status, reply.header("content-type"), reply.body.as_str()), (204, None, ""));
}

#[tokio::test]
async fn an_unknown_connection_is_gone() {
    let world = World::start().await;
    for method in ["POST", "GET", "DELETE"] {
        let reply = world.call(method, UNUSED, "").await;
        assert_eq!((reply.status, reply.body.as_str()), (410, ""));
        assert_eq!(reply.header("x-amzn-errortype"), Some("GoneException"));
        assert_eq!(
            (reply.header("content-type"), reply.header("content-length")),
            (Some("application/json"), Some("0"))
        );
    }
}

#[tokio::test]
async fn a_malformed_id_is_a_bad_request() {
    let world = World::start().await;
    let reply = world.call("POST", "nonsense", "hello").await;
    assert_eq!((reply.status, reply.body.as_str()), (400, r#"{"message":"Invalid connectionId: nonsense"}"#));
    assert_eq!(reply.header("x-amzn-errortype"), Some("BadRequestException"));
}

#[tokio::test]
async fn a_post_of_more_than_128_kilobytes_is_too_large() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    for size in [128 * 1024 + 1, 1024 * 1024] {
        let reply = world.call("POST", &id, vec![b'x'; size]).await;
        assert_eq!((reply.status, reply.header("x-amzn-errortype")), (413, Some("PayloadTooLargeException")));
        assert!(reply.json()["message"].is_string());
    }
}

#[tokio::test]
async fn an_unsigned_call_is_forbidden() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    let head = format!("DELETE /dev/@connections/{id} HTTP/1.1\r\nHost: {}\r\n\r\n", world.address);
    let reply = world.send_raw(&head).await;
    assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"message":"Missing Authentication Token"}"#));
    assert_eq!(reply.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));
    assert_eq!(world.call("GET", &id, "").await.status, 200);
}

#[tokio::test]
async fn a_web_page_cannot_call_even_with_a_signature() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let (own, port) = (world.address.to_string(), world.address.port());
    // A presigned URL with a key that nobody here can check: all that a page needs for a simple request.
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F{}%2Fus-east-1%2Fexecute-api%2Faws4_request\
         &X-Amz-Date={time}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
        &time[..8]
    );
    let post = |headers: String| {
        let head = format!("POST /dev/@connections/{id}?{query} HTTP/1.1\r\n{headers}Content-Length: 5\r\n\r\nhello");
        let world = &world;
        async move { world.send_raw(&head).await }
    };
    for headers in [
        format!("Host: {own}\r\nOrigin: http://{own}\r\n"),
        format!("Host: {own}\r\nOrigin: null\r\n"),
        format!("Host: {own}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Host: evil.example:{port}\r\n"),
        "Host: 127.0.0.1:1\r\n".to_owned(),
        "Host: 127.0.0.1\r\n".to_owned(),
        format!("Host: {own}\r\nHost: {own}\r\n"),
        String::new(),
    ] {
        let reply = post(headers.clone()).await;
        assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"message":"Forbidden"}"#), "{headers}");
    }
    for name in ["127.0.0.1", "LocalHost", "[::1]"] {
        assert_eq!(post(format!("Host: {name}:{port}\r\n")).await.status, 200, "{name}");
        assert_eq!(client.receive().await, "hello");
    }
}

#[tokio::test]
async fn a_wrong_stage_is_forbidden() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    for path in [format!("/prod/@connections/{id}"), format!("/@connections/{id}")] {
        let reply = world.call_path("POST", &path, "hello").await;
        assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"message":"Forbidden"}"#));
        assert_eq!(reply.header("x-amzn-errortype"), Some("ForbiddenException"));
    }
}

#[tokio::test]
async fn a_connection_is_gone_until_its_handshake_is_done() {
    let world = Arc::new(World::start().await);
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("connect", Answer::ok().after(&gate));
    let connecting = tokio::spawn({
        let world = world.clone();
        async move { world.connect().await }
    });
    let id = connection_id(&world.lambda.event_of("connect").await);
    assert_eq!(world.call("POST", &id, "early").await.status, 410);
    gate.add_permits(1);
    let mut client = soon(connecting).await.unwrap();
    assert_eq!(world.call("POST", &id, "in time").await.status, 200);
    assert_eq!(client.receive().await, "in time");
}

#[tokio::test]
async fn a_client_that_does_not_read_costs_its_own_buffer_and_nobody_time() {
    let world = World::start().await;
    let (mut frozen, frozen_id) = world.connect_with_id().await;
    let (mut reading, reading_id) = world.connect_with_id().await;
    let body = "x".repeat(128 * 1024);
    let mut accepted = 0;
    let refused = soon(async {
        loop {
            let reply = world.call("POST", &frozen_id, body.as_str()).await;
            if reply.status != 200 {
                return reply;
            }
            accepted += 1;
        }
    })
    .await;
    assert_eq!((refused.status, refused.header("x-amzn-errortype")), (429, Some("LimitExceededException")));
    assert_eq!(world.call("POST", &reading_id, "hello").await.status, 200);
    assert_eq!(reading.receive().await, "hello");
    for _ in 0..accepted {
        assert_eq!(frozen.receive_message().await, Message::text(body.as_str()));
    }
    assert_eq!(world.call("POST", &frozen_id, "again").await.status, 200);
    assert_eq!(frozen.receive().await, "again");
}

#[tokio::test]
async fn a_socket_can_be_used_again_after_a_wrong_stage() {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;

    use crate::client::Reply;

    let world = World::start().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    for path in [format!("/prod/@connections/{UNUSED}"), "/dev".to_owned(), "/dev/foo".to_owned()] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\n\r\n", world.address);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        // In a packet of its own, as some clients send it.
        tokio::task::yield_now().await;
        stream.write_all(b"hello").await.unwrap();
        assert_eq!(soon(Reply::read(&mut stream)).await.status, 403, "{path}");
    }
}
