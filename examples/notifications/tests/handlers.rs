//! The handlers, in process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::UNIX_EPOCH;

use jsonwebtoken::{DecodingKey, EncodingKey, Header, encode};
use lambda_http::{Body, Request, RequestExt};
use notifications::{App, Claims, authorize, on_connect, on_disconnect, on_message, on_publish};
use parlor::testing::{self, Backend};
use parlor::{AuthorizerResponse, FanoutWorker, Session};
use serde_json::{Value, json};

const SECRET: &[u8] = b"a secret that only this test knows";

fn claims(seconds_from_now: i64) -> Claims {
    let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
    Claims { sub: "ada".to_owned(), exp: now.saturating_add_signed(seconds_from_now) }
}

fn session(seconds_from_now: i64) -> Session<Claims> {
    Session::new(claims(seconds_from_now), claims(seconds_from_now).exp)
}

async fn app(backend: &Backend) -> App {
    let app = App { sockets: backend.sockets(), queue: backend.fanout_queue() };
    let connect = testing::connect("Ada=").session(&session(600)).build();
    assert_eq!(on_connect(&app, connect).await.unwrap().status(), 200);
    app
}

async fn send(app: &App, action: Value) {
    let message = testing::message("Ada=", &action.to_string()).session(&session(600)).build();
    on_message(&app.sockets, message).await.unwrap();
}

async fn publish(app: &App, topic: &str, text: &str) -> Value {
    let parameters = [("topic".to_owned(), topic.to_owned())].into_iter().collect::<std::collections::HashMap<_, _>>();
    let request = Request::new(Body::from(text)).with_path_parameters(parameters);
    let response = on_publish(app, request).await.unwrap();
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn a_valid_token_opens_a_session_and_no_other_does() {
    let key = DecodingKey::from_secret(SECRET);
    let sign = |secret: &[u8], seconds| {
        encode(&Header::default(), &claims(seconds), &EncodingKey::from_secret(secret)).unwrap()
    };
    let asked = async |token: &str| {
        authorize(&key, testing::authorizer_request("Ada=").query("token", token).build()).await.unwrap()
    };
    assert!(matches!(asked(&sign(SECRET, 600)).await, AuthorizerResponse::Allow { .. }));
    for token in ["", "garbage", &sign(b"another secret", 600), &sign(SECRET, -600)] {
        assert_eq!(asked(token).await, AuthorizerResponse::Unauthorized, "{token}");
    }
}

#[tokio::test]
async fn a_user_is_greeted_when_the_connection_is_open() {
    let backend = Backend::start().await;
    let app = app(&backend).await;
    let worker = FanoutWorker::new(backend.sockets(), backend.fanout_queue(), "Test");

    for event in backend.take_fanout_events() {
        worker.carry_out(event).await.unwrap();
    }

    assert_eq!(backend.sent_to("Ada="), [r#"{"event":"welcome","user":"ada"}"#]);
    let sent = app.sockets.group("user:ada").send("just for you").await.unwrap();
    assert_eq!(sent.delivered, 1);
}

#[tokio::test]
async fn notifications_reach_the_followers_of_a_topic() {
    let backend = Backend::start().await;
    let app = app(&backend).await;
    send(&app, json!({ "action": "follow", "topic": "news" })).await;
    send(&app, json!({ "action": "follow", "topic": "sport" })).await;
    send(&app, json!({ "action": "unfollow", "topic": "sport" })).await;

    assert_eq!(publish(&app, "news", "it rains").await, json!({ "delivered": 1, "queued": false }));
    assert_eq!(publish(&app, "sport", "1:0").await, json!({ "delivered": 0, "queued": false }));

    let last = backend.sent_to("Ada=").pop().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["text"], "it rains");
}

#[tokio::test]
async fn a_session_that_is_over_is_closed() {
    let backend = Backend::start().await;
    let app = app(&backend).await;
    let late = testing::message("Ada=", r#"{"action":"follow","topic":"news"}"#).session(&session(-1)).build();

    on_message(&app.sockets, late).await.unwrap();

    assert_eq!(backend.sent_to("Ada="), [r#"{"event":"expired"}"#]);
    assert_eq!(backend.disconnected(), ["Ada="]);
    assert_eq!(publish(&app, "news", "it rains").await["delivered"], 0);
}

#[tokio::test]
async fn a_connection_that_closes_follows_nothing() {
    let backend = Backend::start().await;
    let app = app(&backend).await;
    send(&app, json!({ "action": "follow", "topic": "news" })).await;

    on_disconnect(&app.sockets, testing::disconnect("Ada=").build()).await.unwrap();

    assert_eq!(publish(&app, "news", "it rains").await["delivered"], 0);
    assert!(app.sockets.directory().find(&"Ada=".parse().unwrap()).await.unwrap().is_empty());
}
