//! `SendEvent`.

use std::collections::HashMap;

use serde_json::json;

use super::announcing::{assert_event, quietly};
use super::refusals::{
    assert_no_objects, assert_not_found, assert_throttled, assert_wrong_types, attributes, no_room_arns,
    rooms_elsewhere, wrong_fields,
};
use crate::harness::Chat;

#[tokio::test]
async fn everybody_in_the_room_hears_an_event() {
    let chat = Chat::start().await;
    let (room, other) = (chat.room().await, chat.room().await);
    let (mut ada, mut ben) = (chat.join(&room, "ada").await, chat.join_with(&room, "ben", &[]).await);
    let mut eve = chat.join(&other, "eve").await;

    let request = chat.control.send_event().room_identifier(&room).event_name("app:poll 🦀");
    let sent = request.attributes("question", "why?").attributes("", "").send().await.expect("an event is sent");

    let heard = ada.next_json().await;
    assert_event(&heard, sent.id().expect("an id"), "app:poll 🦀", &json!({ "question": "why?", "": "" }));
    assert_eq!(ben.next_json().await, heard);
    let plain = chat.control.send_event().room_identifier(&other).event_name("e").send().await;
    let heard = eve.next_json().await;
    assert_event(&heard, plain.expect("an event is sent").id().expect("an id"), "e", &json!({}));
}

#[tokio::test]
async fn the_rules_of_an_event_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let event = || chat.control.send_event().room_identifier(&room).event_name("e");
    let fine = [
        event().event_name("🦀".repeat(100)),
        event().event_name(" "),
        event().set_attributes(Some(HashMap::new())),
        event().set_attributes(Some(attributes(1024))),
    ];
    for request in fine {
        assert_eq!(request.send().await.expect("nobody is there to hear it").id().map(str::len), Some(12));
    }
    let wrong = [
        ("eventName", event().event_name("")),
        ("eventName", event().event_name("🦀".repeat(101))),
        ("eventName", event().set_event_name(None)),
        ("attributes", event().set_attributes(Some(attributes(1025)))),
    ];
    for (field, request) in wrong {
        assert_eq!(wrong_fields(request.send().await), [field]);
    }
    let table = [
        ("eventName", json!({ "roomIdentifier": room, "eventName": {} })),
        ("attributes", json!({ "roomIdentifier": room, "eventName": "e", "attributes": { "k": true } })),
        ("attributes", json!({ "roomIdentifier": room, "eventName": "e", "attributes": "k" })),
        ("roomIdentifier", json!({ "roomIdentifier": 1, "eventName": "e" })),
    ];
    assert_wrong_types(&chat, "/SendEvent", table).await;
    assert_no_objects(&chat, "/SendEvent").await;
    assert_eq!(wrong_fields(chat.control.send_event().send().await), ["roomIdentifier", "eventName"]);
    let event = |arn: &str| chat.control.send_event().room_identifier(arn).event_name("e").send();
    for arn in rooms_elsewhere(&room) {
        assert_not_found(event(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(event(&arn).await), ["roomIdentifier"], "{arn}");
    }
}

#[tokio::test]
async fn a_hundred_events_a_second_are_enough() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let event = || quietly(chat.control.send_event().room_identifier(&room).event_name("e").customize());
    chat.count_ahead("SendEvent", "calls", 99).await;
    event().send().await.expect("the hundredth");
    assert_eq!(ada.next_json().await["EventName"], "e");
    chat.count_ahead("SendEvent", "calls", 100).await;

    assert_throttled(event().send().await, &room);

    assert!(ada.has_heard_nothing());
    let other = chat.control.delete_message().room_identifier(&room).id("AbCdEf123456").send().await;
    assert!(other.is_ok(), "each operation has its own limit");
}
