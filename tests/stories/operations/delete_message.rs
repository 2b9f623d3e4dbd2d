//! `DeleteMessage`.

use serde_json::json;

use super::announcing::{assert_event, quietly};
use super::refusals::{
    assert_no_objects, assert_not_found, assert_throttled, assert_wrong_types, no_room_arns, rooms_elsewhere,
    wrong_fields,
};
use crate::harness::{Chat, message};

#[tokio::test]
async fn everybody_in_the_room_hears_what_to_remove() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let (mut ada, mut ben) = (chat.join(&room, "ada").await, chat.join(&room, "ben").await);
    ada.say_json(message("1", "rude")).await;
    let (rude, _echo) = (ben.next_json().await, ada.next_json().await);
    let id = rude["Id"].as_str().expect("an id");
    let delete = || chat.control.delete_message().room_identifier(&room).id(id);

    for reason in [Some("rude"), None] {
        let deleted = delete().set_reason(reason.map(str::to_owned)).send().await.expect("an event is sent");

        let heard = ben.next_json().await;
        let attributes = json!({ "MessageID": id, "MessageId": id, "Reason": reason.unwrap_or_default() });
        assert_event(&heard, deleted.id().expect("an id"), "aws:DELETE_MESSAGE", &attributes);
        assert_eq!(ada.next_json().await, heard);
    }
}

#[tokio::test]
async fn the_rules_of_a_deletion_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let delete = || chat.control.delete_message().room_identifier(&room).id("VgNkEJgOVX9N");
    let fine = [delete(), delete().id("000000000000"), delete().reason("r"), delete().reason("🦀".repeat(256))];
    for request in fine {
        assert_eq!(request.send().await.expect("nobody is there to hear it").id().map(str::len), Some(12));
    }
    let wrong = [
        ("id", delete().id("")),
        ("id", delete().id("VgNkEJgOVX9")),
        ("id", delete().id("VgNkEJgOVX9NN")),
        ("id", delete().id("VgNkEJgOVX-N")),
        ("id", delete().id("ééé-éééé")),
        ("id", delete().set_id(None)),
        ("reason", delete().reason("")),
        ("reason", delete().reason("🦀".repeat(257))),
    ];
    for (field, request) in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), [field], "{wished}");
    }
    let table = [
        ("id", json!({ "roomIdentifier": room, "id": 123_456_789_012_u64 })),
        ("reason", json!({ "roomIdentifier": room, "id": "VgNkEJgOVX9N", "reason": 1 })),
        ("roomIdentifier", json!({ "roomIdentifier": [], "id": "VgNkEJgOVX9N" })),
    ];
    assert_wrong_types(&chat, "/DeleteMessage", table).await;
    assert_no_objects(&chat, "/DeleteMessage").await;
    assert_eq!(wrong_fields(chat.control.delete_message().send().await), ["roomIdentifier", "id"]);
    let delete = |arn: &str| chat.control.delete_message().room_identifier(arn).id("VgNkEJgOVX9N").send();
    for arn in rooms_elsewhere(&room) {
        assert_not_found(delete(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(delete(&arn).await), ["roomIdentifier"], "{arn}");
    }
}

#[tokio::test]
async fn a_hundred_deletions_a_second_are_enough() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let delete = || quietly(chat.control.delete_message().room_identifier(&room).id("VgNkEJgOVX9N").customize());
    chat.count_ahead("DeleteMessage", "calls", 99).await;
    delete().send().await.expect("the hundredth");
    chat.count_ahead("DeleteMessage", "calls", 100).await;

    assert_throttled(delete().send().await, &room);
}
