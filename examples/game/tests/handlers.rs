//! The rules of the game, in process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use game::{on_action, on_connect, on_disconnect};
use parlor::Sockets;
use parlor::testing::{self, Backend};
use serde_json::{Value, json};

async fn join(sockets: &Sockets, id: &str, name: &str, group: &str) {
    let connect = testing::connect(id).query("name", name).query("match", group).query("color", "red");
    assert_eq!(on_connect(sockets, connect.build()).await.unwrap().status(), 200);
}

async fn act(sockets: &Sockets, id: &str, route: &str, action: Value) {
    on_action(sockets, testing::message(id, &action.to_string()).route_key(route).build()).await.unwrap();
}

fn events(backend: &Backend, id: &str) -> Vec<Value> {
    backend.sent_to(id).iter().map(|frame| serde_json::from_str(frame).unwrap()).collect()
}

#[tokio::test]
async fn a_player_needs_a_name_that_is_not_the_referees() {
    let backend = Backend::start().await;
    for (connect, status) in [
        (testing::connect("Ada="), 401),
        (testing::connect("Ada=").query("name", ""), 401),
        (testing::connect("Ada=").query("name", "referee"), 403),
        (testing::connect("Ada=").query("name", "ada").query("match", ""), 403),
        (testing::connect("Ada=").query("name", "ada"), 200),
    ] {
        assert_eq!(on_connect(&backend.sockets(), connect.build()).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_move_is_seen_by_all_others_in_the_match() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    join(&sockets, "Ada=", "ada", "duel").await;
    join(&sockets, "Ben=", "ben", "duel").await;
    join(&sockets, "Eve=", "eve", "lobby").await;

    act(&sockets, "Ada=", "move", json!({ "action": "move", "x": 1, "y": 2 })).await;

    let moved = json!({ "event": "moved", "name": "ada", "color": "red", "x": 1, "y": 2 });
    assert_eq!(events(&backend, "Ben="), [moved]);
    assert_eq!(events(&backend, "Ada="), [json!({ "event": "seen", "by": 1 })]);
    assert!(events(&backend, "Eve=").is_empty());
}

#[tokio::test]
async fn a_player_who_joins_another_match_leaves_the_last() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    join(&sockets, "Ada=", "ada", "lobby").await;
    join(&sockets, "Ben=", "ben", "lobby").await;

    act(&sockets, "Ada=", "join", json!({ "match": "duel" })).await;
    act(&sockets, "Ben=", "move", json!({ "x": 0, "y": 0 })).await;

    assert_eq!(events(&backend, "Ada="), [json!({ "event": "joined", "match": "duel", "name": "ada" })]);
    assert_eq!(events(&backend, "Ben="), [json!({ "event": "seen", "by": 0 })]);
}

#[tokio::test]
async fn a_player_can_be_kicked_and_says_goodbye() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    join(&sockets, "Ada=", "ada", "duel").await;
    join(&sockets, "Ben=", "ben", "duel").await;

    act(&sockets, "Ada=", "kick", json!({ "name": "ben" })).await;
    on_disconnect(&sockets, testing::disconnect("Ben=").closed(1000, "Connection Closed Normally").build())
        .await
        .unwrap();

    assert_eq!(events(&backend, "Ben="), [json!({ "event": "kicked", "by": "ada" })]);
    assert_eq!(backend.disconnected(), ["Ben="]);
    assert_eq!(events(&backend, "Ada="), [json!({ "event": "left", "name": "ben", "code": 1000 })]);
}

#[tokio::test]
async fn an_action_against_the_rules_is_rejected_with_a_reason() {
    let backend = Backend::start().await;
    let sockets = backend.sockets();
    join(&sockets, "Ada=", "ada", "duel").await;
    let table = [
        ("move", json!({ "x": 256, "y": 0 }), "the action is not complete"),
        ("join", json!({ "match": "" }), "a match needs a name"),
        ("kick", json!({ "name": "ada" }), "you cannot kick yourself"),
        ("kick", json!({ "name": "nobody" }), "there is no such player"),
        ("$default", json!({}), "there is no such action"),
    ];
    for (route, action, _) in table.clone() {
        act(&sockets, "Ada=", route, action).await;
    }
    let reasons: Vec<_> = table.iter().map(|(_, _, reason)| json!({ "event": "rejected", "reason": reason })).collect();
    assert_eq!(events(&backend, "Ada="), reasons);
}
