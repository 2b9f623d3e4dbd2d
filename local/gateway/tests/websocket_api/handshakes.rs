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

fn policy(effect: &str, resource: &str, context: Value) -> Answer {
    statements(json!([{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]), context)
}

fn statements(statement: Value, context: Value) -> Answer {
    let policy = json!({"Version": "2012-10-17", "Statement": statement});
    Answer::json(json!({"principalId": "me", "policyDocument": policy, "context": context}))
}

#[tokio::test]
async fn the_connect_function_decides() {
    let world = World::start().await;
    for accepted in [status(200), status(201), status(299)] {
        world.lambda.script("connect", accepted);
        assert_eq!(world.knock("/dev", &[]).await.status, 101);
    }
    let table = [
        (status(301), 301),
        (status(400), 400),
        (status(401), 401),
        (status(403), 403),
        (status(500), 500),
        (status(501), 501),
        (Answer::Fails("boom"), 502),
        (Answer::json(Value::Null), 502),
        (Answer::json(json!({})), 502),
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
async fn a_refused_connection_has_no_disconnect() {
    let world = World::start().await;
    world.lambda.script("connect", status(403));
    world.knock("/dev", &[]).await;
    world.lambda.script("connect", status(200));
    drop(world.connect().await);
    let refused = world.lambda.event_of("connect").await;
    let accepted = world.lambda.event_of("connect").await;
    assert_ne!(connection_id(&refused), connection_id(&accepted));
    assert_eq!(connection_id(&world.lambda.event_of("disconnect").await), connection_id(&accepted));
    world.assert_no_more_disconnects().await;
}

#[tokio::test]
async fn an_api_without_connect_route_accepts_everybody() {
    let world = World::with(|setup| drop(setup.api.routes.remove("$connect"))).await;
    world.connect().await.send("hello").await;
    assert_eq!(world.lambda.event_of("default").await["body"], "hello");
}

#[tokio::test]
async fn a_bare_line_feed_ends_a_line() {
    let world = World::start().await;
    let request = "GET /dev HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\nX-sPELT: as is\n\
                   Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n";
    assert_eq!(world.send_raw(request).await.status, 101);
    assert_eq!(world.lambda.event_of("connect").await["headers"]["X-sPELT"], "as is");
}

#[tokio::test]
async fn every_page_may_connect() {
    let world = World::start().await;
    let page = [("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(world.knock("/dev", &page).await.status, 101);
}

#[tokio::test]
async fn an_unknown_stage_is_forbidden() {
    let world = World::start().await;
    for path in ["/", "/prod", "/dev/foo", "/Dev", "//dev", "/dev//", "/dev/@connections"] {
        let reply = world.knock(path, &[]).await;
        assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"message":"Forbidden"}"#), "{path}");
        assert_eq!(reply.header("x-amzn-errortype"), Some("ForbiddenException"));
    }
    for path in ["/dev", "/dev/", "/dev?a=b", "/dev/?a=b", "/%64ev"] {
        assert_eq!(world.knock(path, &[]).await.status, 101, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_told_so() {
    let world = World::start().await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let table = [
        ("GET /dev", String::new(), 426),
        ("GET /dev/foo", String::new(), 426),
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
async fn an_endless_head_and_an_endless_url_are_refused() {
    let world = World::start().await;
    assert_eq!(world.knock(&format!("/dev?a={}", "x".repeat(4096)), &[]).await.status, 414);
    assert_eq!(world.knock(&format!("/dev?a={}", "x".repeat(4000)), &[]).await.status, 101);
    assert_eq!(world.knock("/dev", &[("X-Large", &"x".repeat(15_000))]).await.status, 431);
}

#[tokio::test]
async fn the_subprotocol_is_the_one_that_connect_returns() {
    let world = World::start().await;
    let table = [
        (json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "b"}}), Some("b")),
        (json!({"statusCode": 200, "headers": {"sec-websocket-protocol": "b"}}), Some("b")),
        (json!({"statusCode": 200, "headers": {}, "multiValueHeaders": {"sec-websocket-protocol": ["b"]}}), Some("b")),
        (json!({"statusCode": 200, "headers": {"X-Other": "b"}, "body": "ignored"}), None),
    ];
    for (answer, expected) in table {
        world.lambda.script("connect", Answer::json(answer));
        let reply = world.knock("/dev", &[("Sec-WebSocket-Protocol", "a, b")]).await;
        assert_eq!((reply.status, reply.header("sec-websocket-protocol")), (101, expected));
        assert_eq!(reply.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!((reply.header("x-other"), reply.header("sec-websocket-extensions")), (None, None));
    }
}

#[tokio::test]
async fn a_missing_identity_source_is_unauthorized_without_a_call() {
    let world = World::with(with_authorizer).await;
    for (path, headers) in [
        ("/dev", &[][..]),
        ("/dev?token=t", &[]),
        ("/dev?token=t", &[("Auth", "")]),
        ("/dev?token=", &[("Auth", "a")]),
        ("/dev?TOKEN=t", &[("Auth", "a")]),
    ] {
        let reply = world.knock(path, headers).await;
        assert_eq!((reply.status, reply.body.as_str()), (401, r#"{"message":"Unauthorized"}"#));
    }
    assert!(world.lambda.take("authorizer").is_none());
    assert!(world.lambda.take("connect").is_none());
}

#[tokio::test]
async fn the_authorizer_decides_before_connect() {
    let world = World::with(with_authorizer).await;
    let arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect";
    let allow = json!({"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn});
    let deny_if = |action: &str| json!({"Action": action, "Effect": "Deny", "Resource": "*", "Condition": {}});
    let table = [
        (policy("Allow", arn, Value::Null), 101),
        (statements(json!([allow, deny_if("s3:*")]), Value::Null), 101),
        (statements(json!([allow, deny_if("*")]), Value::Null), 500),
        (policy("Allow", "*", json!({"number": 1, "text": "t", "flag": true})), 101),
        (policy("Allow", "arn:aws:execute-api:*/dev/*/*", json!({})), 403),
        (policy("Deny", arn, json!({})), 403),
        (policy("Allow", "*", json!({"list": []})), 500),
        (policy("Allow", "*", json!({"object": {}})), 500),
        (Answer::json(json!({"principalId": "me"})), 500),
        (Answer::json(json!({"policyDocument": {"Statement": []}})), 500),
        (Answer::json(Value::Null), 500),
        (Answer::Returns("no json".to_owned()), 500),
        (Answer::Fails("Unauthorized"), 401),
        (Answer::Fails("unauthorized"), 500),
        (Answer::Fails("boom"), 500),
        (Answer::Unknown, 500),
    ];
    for (answer, expected) in table {
        world.lambda.script("authorizer", answer);
        let reply = world.knock("/dev?token=t", &[("auth", "a")]).await;
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
