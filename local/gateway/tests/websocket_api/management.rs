//! Facts of `@connections` that the conformance suite does not compare.

use tokio_tungstenite::tungstenite::Message;

use crate::world::{World, connection_id, soon};

#[tokio::test]
async fn a_post_of_any_bytes_is_one_text_message() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let table = [
        (b"a \xff b".to_vec(), "a \u{fffd} b"),
        (Vec::new(), ""),
        (vec![0xff; 128 * 1024], &"\u{fffd}".repeat(128 * 1024)),
    ];
    for (body, text) in table {
        assert_eq!(world.call("POST", &id, body).await.status, 200);
        assert_eq!(client.receive().await, text);
    }
}

#[tokio::test]
async fn get_escapes_the_user_agent_and_counts_the_handshake_as_activity() {
    let world = World::start().await;
    let (_client, _) = world.try_connect("/dev", &[("User-Agent", "agent/\"1\"")]).await;
    let id = connection_id(&world.lambda.event_of("connect").await);
    let found = world.call("GET", &id, "").await.json();
    assert_eq!(found["identity"]["userAgent"], "agent/\"1\"");
    assert!(found["lastActiveAt"].as_str() >= found["connectedAt"].as_str(), "{found}");
}

#[tokio::test]
async fn a_post_of_a_megabyte_is_too_large() {
    let world = World::start().await;
    let (_client, id) = world.connect_with_id().await;
    let reply = world.call("POST", &id, vec![b'x'; 1024 * 1024]).await;
    assert_eq!((reply.status, reply.header("x-amzn-errortype")), (413, Some("PayloadTooLargeException")));
    assert!(reply.json()["message"].is_string());
}

#[tokio::test]
async fn a_web_page_cannot_call_even_with_a_signature() {
    let world = World::start().await;
    let (mut client, id) = world.connect_with_id().await;
    let (own, port) = (world.address.to_string(), world.address.port());
    // A presigned URL with a key that the gateway cannot check: a page needs no more for a simple request.
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
async fn a_client_that_does_not_read_uses_its_own_buffer_and_delays_no_other() {
    let world = World::start().await;
    let (mut frozen, frozen_id) = world.connect_with_id().await;
    let (mut reading, reading_id) = world.connect_with_id().await;
    let body = "x".repeat(128 * 1024);
    let mut accepted = 0;
    let rejected = soon(async {
        loop {
            let reply = world.call("POST", &frozen_id, body.as_str()).await;
            if reply.status != 200 {
                return reply.status;
            }
            accepted += 1;
        }
    })
    .await;
    assert_eq!(rejected, 429);
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
    for path in ["/prod/@connections/SOqGjdZioAMCEeg=", "/dev", "/dev/foo"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\n\r\n", world.address);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        // In a packet of its own, as some clients send it.
        tokio::task::yield_now().await;
        stream.write_all(b"hello").await.unwrap();
        assert_eq!(soon(Reply::read(&mut stream)).await.status, 403, "{path}");
    }
}
