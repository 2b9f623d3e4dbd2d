//! `DisconnectUser`.

use serde_json::json;

use super::announcing::{assert_event, quietly};
use super::refusals::{
    assert_no_objects, assert_not_found, assert_throttled, assert_wrong_types, no_room_arns, rooms_elsewhere,
    wrong_fields,
};
use crate::harness::{Chat, message};

/// What DeleteConnection of API Gateway closes with.
const NORMAL_CLOSURE: u16 = 1000;

#[tokio::test]
async fn a_user_hears_of_it_and_is_cut_off_everywhere_in_the_room() {
    let chat = Chat::start().await;
    let (room, other) = (chat.room().await, chat.room().await);
    let (mut ada, mut adas_phone) = (chat.join(&room, "ada").await, chat.join(&room, "ada").await);
    let (mut ben, mut ada_elsewhere) = (chat.join(&room, "ben").await, chat.join(&other, "ada").await);
    // Neighbours in the table, whose names begin alike.
    let mut neighbour = chat.join(&room, "ada:").await;

    let request = chat.control.disconnect_user().room_identifier(&room).user_id("ada").reason("rude");
    request.send().await.expect("an event is sent");

    let heard = ben.next_json().await;
    let id = heard["Id"].as_str().expect("an id");
    assert_event(&heard, id, "aws:DISCONNECT_USER", &json!({ "Reason": "rude", "UserId": "ada" }));
    assert_eq!((ada.next_json().await, adas_phone.next_json().await), (heard.clone(), heard.clone()));
    assert_eq!(neighbour.next_json().await, heard);
    assert_eq!((ada.closes_with().await, adas_phone.closes_with().await), (NORMAL_CLOSURE, NORMAL_CLOSURE));
    ada_elsewhere.say_json(message("1", "still here")).await;
    assert_eq!(ada_elsewhere.next_json().await["Content"], "still here");
    let mut again = chat.join(&room, "ada").await;
    again.say_json(message("2", "back")).await;
    assert_eq!(ben.next_json().await["Content"], "back");
    assert_eq!(neighbour.next_json().await["Content"], "back");
}

#[tokio::test]
async fn nobody_minds_if_the_user_is_not_there() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ben = chat.join(&room, "ben").await;

    let body = json!({ "roomIdentifier": room, "userId": "ada" });
    let answer = chat.post("/DisconnectUser", body.to_string()).await;

    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let heard = ben.next_json().await;
    let id = heard["Id"].as_str().expect("an id");
    assert_event(&heard, id, "aws:DISCONNECT_USER", &json!({ "Reason": "", "UserId": "ada" }));
}

#[tokio::test]
async fn the_rules_of_a_disconnection_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let user = || chat.control.disconnect_user().room_identifier(&room).user_id("ada");
    let fine = [user().user_id("🦀".repeat(128)), user().user_id("\u{0}"), user().reason("🦀".repeat(256))];
    for request in fine {
        request.send().await.expect("nobody is there to hear it");
    }
    let wrong = [
        ("userId", user().user_id("")),
        ("userId", user().user_id("🦀".repeat(129))),
        ("userId", user().set_user_id(None)),
        ("reason", user().reason("")),
        ("reason", user().reason("🦀".repeat(257))),
    ];
    for (field, request) in wrong {
        assert_eq!(wrong_fields(request.send().await), [field]);
    }
    let table = [
        ("userId", json!({ "roomIdentifier": room, "userId": 5 })),
        ("reason", json!({ "roomIdentifier": room, "userId": "ada", "reason": [] })),
        ("roomIdentifier", json!({ "roomIdentifier": false, "userId": "ada" })),
    ];
    assert_wrong_types(&chat, "/DisconnectUser", table).await;
    assert_no_objects(&chat, "/DisconnectUser").await;
    assert_eq!(wrong_fields(chat.control.disconnect_user().send().await), ["roomIdentifier", "userId"]);
    let user = |arn: &str| chat.control.disconnect_user().room_identifier(arn).user_id("ada").send();
    for arn in rooms_elsewhere(&room) {
        assert_not_found(user(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(user(&arn).await), ["roomIdentifier"], "{arn}");
    }
}

#[tokio::test]
async fn a_hundred_disconnections_a_second_are_enough() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let user = || quietly(chat.control.disconnect_user().room_identifier(&room).user_id("ben").customize());
    chat.count_ahead("DisconnectUser", "calls", 99).await;
    user().send().await.expect("the hundredth");
    assert_eq!(ada.next_json().await["EventName"], "aws:DISCONNECT_USER");
    chat.count_ahead("DisconnectUser", "calls", 100).await;

    assert_throttled(user().send().await, &room);

    assert!(ada.has_heard_nothing());
}
