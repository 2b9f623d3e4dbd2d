//! Notifications, over real sockets: tokens, greetings, topics, and an HTTP function that publishes.

use std::time::UNIX_EPOCH;

use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Client, Stack, connect};

const SECRET: &str = "a secret of at least 32 characters";

async fn start() -> Stack {
    let secret = format!("JwtSecret='{SECRET}'");
    Stack::start_with("examples/notifications/template.yaml", &["--parameter-overrides", &secret]).await
}

/// A JWT as any identity provider makes it.
fn token(user: &str, seconds_from_now: i64) -> String {
    let now = UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs();
    let claims = json!({ "sub": user, "exp": now.saturating_add_signed(seconds_from_now) });
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("a token")
}

async fn open(stack: &Stack, query: &str) -> Result<Client, StatusCode> {
    connect(&format!("{}{query}", stack.web_socket_url()), &[]).await
}

async fn publish(stack: &Stack, topic: &str, text: &str) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = stack.call(&http, Method::POST, &format!("/topics/{topic}"), text.as_bytes().to_vec()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn a_user_with_a_valid_token_is_greeted_and_no_other_is_let_in() {
    let stack = start().await;
    for query in [String::new(), "?token=garbage".to_owned(), format!("?token={}", token("ada", -600))] {
        assert_eq!(open(&stack, &query).await.err(), Some(StatusCode::UNAUTHORIZED), "{query}");
    }

    let mut ada = open(&stack, &format!("?token={}", token("ada", 600))).await.expect("a valid token");

    assert_eq!(ada.next_json().await, json!({ "event": "welcome", "user": "ada" }));
}

#[tokio::test]
async fn what_is_published_reaches_the_followers_until_they_close() {
    let stack = start().await;
    let mut ada = open(&stack, &format!("?token={}", token("ada", 600))).await.expect("a valid token");
    let mut ben = open(&stack, &format!("?token={}", token("ben", 600))).await.expect("a valid token");
    for client in [&mut ada, &mut ben] {
        assert_eq!(client.next_json().await["event"], "welcome");
        for topic in ["news", "sport"] {
            client.say_json(json!({ "action": "follow", "topic": topic })).await;
            assert_eq!(client.next_json().await["event"], "following");
        }
    }
    ben.say_json(json!({ "action": "unfollow", "topic": "sport" })).await;
    assert_eq!(ben.next_json().await, json!({ "event": "unfollowed", "topic": "sport", "user": "ben" }));

    assert_eq!(publish(&stack, "sport", "1:0").await, json!({ "delivered": 1, "queued": false }));
    assert_eq!(publish(&stack, "news", "it rains").await, json!({ "delivered": 2, "queued": false }));

    assert_eq!(ada.next_json().await["text"], "1:0");
    assert_eq!(ada.next_json().await["text"], "it rains");
    assert_eq!(ben.next_json().await["text"], "it rains");
    ada.leave().await;
    stack.wait_for_log(|line| line.contains("[DisconnectFunction] REPORT")).await;
    assert_eq!(publish(&stack, "sport", "2:0").await["delivered"], 0);
}
