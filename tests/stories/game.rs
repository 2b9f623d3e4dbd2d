//! The game lobby, over real sockets.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Client, Stack, connect};

const TEMPLATE: &str = "examples/game/template.yaml";

async fn join(stack: &Stack, query: &str) -> Result<Client, StatusCode> {
    connect(&format!("{}?{query}", stack.web_socket_url()), &[]).await
}

#[tokio::test]
async fn players_need_a_name_and_see_the_moves_of_the_others_in_their_match() {
    let stack = Stack::start(TEMPLATE).await;
    assert_eq!(join(&stack, "match=duel").await.err(), Some(StatusCode::UNAUTHORIZED));
    assert_eq!(join(&stack, "name=referee").await.err(), Some(StatusCode::FORBIDDEN));
    let mut ada = join(&stack, "name=ada&color=red").await.expect("a player is let in");
    let mut ben = join(&stack, "name=ben&match=duel").await.expect("a player is let in");

    ada.say_json(json!({ "action": "join", "match": "duel" })).await;
    let joined = json!({ "event": "joined", "match": "duel", "name": "ada" });
    assert_eq!(ben.next_json().await, joined);
    assert_eq!(ada.next_json().await, joined);
    ada.say_json(json!({ "action": "move", "x": 1, "y": 2 })).await;

    assert_eq!(ben.next_json().await, json!({ "event": "moved", "name": "ada", "color": "red", "x": 1, "y": 2 }));
    assert_eq!(ada.next_json().await, json!({ "event": "seen", "by": 1 }));
    ada.say_json(json!({ "action": "dance" })).await;
    assert_eq!(ada.next_json().await["reason"], "there is no such action");
}

#[tokio::test]
async fn a_player_who_is_kicked_says_goodbye() {
    let stack = Stack::start(TEMPLATE).await;
    let mut ada = join(&stack, "name=ada").await.expect("a player is let in");
    let mut ben = join(&stack, "name=ben").await.expect("a player is let in");

    ada.say_json(json!({ "action": "kick", "name": "ben" })).await;

    assert_eq!(ben.next_json().await, json!({ "event": "kicked", "by": "ada" }));
    assert_eq!(ben.closes_with().await, 1000);
    assert_eq!(ada.next_json().await, json!({ "event": "left", "name": "ben", "code": 1000 }));
    let rows = stack.dynamodb().scan().table_name("Connections").consistent_read(true).send().await;
    assert_eq!(rows.expect("the table can be scanned").count(), 2, "ada's row and her entry in the directory");
}

#[tokio::test]
async fn a_sweep_visits_a_player_once() {
    let stack = Stack::start(TEMPLATE).await;
    let mut ada = join(&stack, "name=ada").await.expect("a player is let in");

    assert!(stack.invoke("GameKeepaliveFunction").await);

    assert_eq!(ada.next_json().await, json!({ "event": "ping" }));
    ada.say_json(json!({ "action": "move", "x": 0, "y": 0 })).await;
    assert_eq!(ada.next_json().await, json!({ "event": "seen", "by": 0 }), "not a second ping");
}
