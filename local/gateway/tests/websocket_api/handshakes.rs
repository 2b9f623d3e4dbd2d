//! What a handshake comes to.

use std::sync::Arc;
use std::time::Duration;

use local_sam::IdentitySource;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::lambda::Answer;
use crate::world::{Setup, World, connection_id};

fn status(code: u16) -> Answer {
    Answer::json(json!({"statusCode": code}))
}

fn with_authorizer(setup: &mut Setup) {
    let identity_sources =
        vec![IdentitySource::Header("Auth".to_owned()), IdentitySource::QueryString("token".to_owned())];
    setup.authorize(identity_sources);
}

fn policy(statements: Value) -> Answer {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    Answer::json(json!({"principalId": "me", "policyDocument": policy}))
}

#[tokio::test]
async fn a_rejected_handshake_names_the_connection() {
    let world = World::start().await;
    let table = [
        (status(403), 403),
        (Answer::Fails("boom"), 502),
        (Answer::json(json!("fine")), 502),
        (status(101), 502),
        (Answer::Unknown, 500),
    ];
    for (answer, expected) in table {
        world.lambda.script("connect", answer);
        let reply = world.knock("/dev", &[]).await;
        assert_eq!(reply.status, expected);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        for name in ["x-amzn-requestid", "x-amzn-errortype", "x-amz-apigw-id"] {
            assert!(reply.header(name).is_some(), "{name}");
        }
        let body = reply.json();
        let keys: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message", "connectionId", "requestId"]);
    }
}

#[tokio::test]
async fn a_slow_connect_function_is_given_up() {
    let world = World::with(|setup| setup.route("$connect", "connect").timeout = Duration::from_millis(50)).await;
    world.lambda.script("connect", Answer::ok().after(&Arc::new(Semaphore::new(0))));
    assert_eq!(world.knock("/dev", &[]).await.status, 504);
}

#[tokio::test]
async fn a_bare_line_feed_ends_a_line() {
    let world = World::start().await;
    let request = "GET /dev HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\nX-sPELT: as is\n\
                   Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n";
    let reply = world.send_raw(request).await;
    assert_eq!((reply.status, reply.header("sec-websocket-accept")), (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    assert_eq!(world.lambda.event_of("connect").await["headers"]["X-sPELT"], "as is");
}

#[tokio::test]
async fn every_page_may_connect() {
    let world = World::start().await;
    let page = [("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(world.knock("/dev", &page).await.status, 101);
}

#[tokio::test]
async fn a_stage_has_one_name_however_it_is_encoded() {
    let world = World::start().await;
    for path in ["/dev/foo", "/Dev", "//dev", "/dev//", "/dev/@connections"] {
        let reply = world.knock(path, &[]).await;
        assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"message":"Forbidden"}"#), "{path}");
        assert_eq!(reply.header("x-amzn-errortype"), Some("ForbiddenException"));
    }
    for path in ["/dev/?a=b", "/%64ev"] {
        assert_eq!(world.knock(path, &[]).await.status, 101, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_a_handshake_is_rejected() {
    let world = World::start().await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let table = [
        ("GET /prod", String::new(), 403),
        ("POST /dev", format!("{upgrade}{key}{version}"), 403),
        ("GET /dev", format!("Upgrade: websocket\r\n{key}{version}"), 426),
        ("GET /dev", format!("Connection: Upgrade\r\nUpgrade: h2c\r\n{key}{version}"), 426),
        ("GET /dev", format!("{upgrade}{key}"), 426),
        ("GET /dev", format!("{upgrade}{key}Sec-WebSocket-Version: 8\r\n"), 426),
        ("GET /dev", format!("{upgrade}{version}"), 400),
        ("GET /dev", format!("{upgrade}{version}Sec-WebSocket-Key: short\r\n"), 400),
    ];
    for (request, headers, expected) in table {
        let reply = world.send_raw(&format!("{request} HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).await;
        assert_eq!(reply.status, expected, "{request} {headers}");
    }
    assert!(world.lambda.take("connect").is_none());
}

#[tokio::test]
async fn an_endless_head_and_an_endless_url_are_rejected() {
    let world = World::start().await;
    assert_eq!(world.knock(&format!("/dev?a={}", "x".repeat(4096)), &[]).await.status, 414);
    assert_eq!(world.knock(&format!("/dev?a={}", "x".repeat(4000)), &[]).await.status, 101);
    assert_eq!(world.knock("/dev", &[("X-Large", &"x".repeat(15_000))]).await.status, 431);
}

#[tokio::test]
async fn the_name_of_an_identity_source_in_the_query_is_case_sensitive() {
    let world = World::with(with_authorizer).await;
    let reply = world.knock("/dev?TOKEN=t", &[("Auth", "a")]).await;
    assert_eq!((reply.status, reply.body.as_str()), (401, r#"{"message":"Unauthorized"}"#));
    assert!(world.lambda.take("authorizer").is_none());
    assert!(world.lambda.take("connect").is_none());
}

#[tokio::test]
async fn the_authorizer_decides_before_connect() {
    let world = World::with(with_authorizer).await;
    let all = |effect: &str| json!({"Action": "*", "Effect": effect, "Resource": "*"});
    let deny_if = |action: &str| json!({"Action": action, "Effect": "Deny", "Resource": "*", "Condition": {}});
    let table = [
        (policy(json!([all("Deny")])), 403),
        (policy(json!([all("Allow"), deny_if("s3:*")])), 101),
        (policy(json!([all("Allow"), deny_if("*")])), 500),
        (Answer::Returns("no json".to_owned()), 500),
        (Answer::Fails("Unauthorized"), 401),
        (Answer::Unknown, 500),
    ];
    for (answer, expected) in table {
        world.lambda.script("authorizer", answer);
        let reply = world.knock("/dev?token=t", &[("Auth", "a")]).await;
        assert_eq!(reply.status, expected, "{}", reply.body);
        assert!(world.lambda.take("authorizer").is_some());
        assert_eq!(world.lambda.take("connect").is_some(), expected == 101);
    }
}

#[tokio::test]
async fn a_client_that_leaves_during_connect_is_a_closed_connection() {
    let world = World::start().await;
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("connect", Answer::ok().after(&gate));
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let request = "GET /dev HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let connect = world.lambda.event_of("connect").await;
    drop(stream);
    gate.add_permits(1);
    let disconnect = world.lambda.event_of("disconnect").await;
    assert_eq!(connection_id(&disconnect), connection_id(&connect));
    assert_eq!(disconnect["requestContext"]["disconnectStatusCode"], 1006);
    assert_eq!(world.call("POST", &connection_id(&connect), "late").await.status, 410);
}
