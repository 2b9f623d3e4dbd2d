//! `DeleteRoom`.

use reqwest::StatusCode;
use serde_json::json;

use super::refusals::{
    assert_no_objects, assert_not_found, assert_wrong_types, no_room_arns, rooms_elsewhere, wrong_fields,
};
use crate::harness::{Chat, MAY_SPEAK, message};

#[tokio::test]
async fn a_deleted_room_is_gone_for_every_operation() {
    let chat = Chat::start().await;
    let (room, other) = (chat.room().await, chat.room().await);

    let answer = chat.post("/DeleteRoom", json!({ "identifier": room }).to_string()).await;

    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let control = &chat.control;
    assert_not_found(control.get_room().identifier(&room).send().await, &room);
    assert_not_found(control.update_room().identifier(&room).send().await, &room);
    assert_not_found(control.delete_room().identifier(&room).send().await, &room);
    assert_not_found(control.create_chat_token().room_identifier(&room).user_id("a").send().await, &room);
    assert_not_found(control.send_event().room_identifier(&room).event_name("a").send().await, &room);
    assert_not_found(control.delete_message().room_identifier(&room).id("AbCdEf123456").send().await, &room);
    assert_not_found(control.disconnect_user().room_identifier(&room).user_id("a").send().await, &room);
    assert_not_found(control.list_tags_for_resource().resource_arn(&room).send().await, &room);
    assert_not_found(control.tag_resource().resource_arn(&room).tags("a", "b").send().await, &room);
    assert_not_found(control.untag_resource().resource_arn(&room).tag_keys("a").send().await, &room);
    let listed = control.list_rooms().send().await.expect("a list");
    assert_eq!(listed.rooms().iter().map(|room| room.arn()).collect::<Vec<_>>(), [Some(other.as_str())]);
}

#[tokio::test]
async fn who_is_in_a_deleted_room_stays_and_nobody_else_comes() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let token = chat.token(&room, "ben", MAY_SPEAK).await;

    chat.control.delete_room().identifier(&room).send().await.expect("a room is deleted");

    assert_eq!(chat.stack.connect(&[&token]).await.err(), Some(StatusCode::FORBIDDEN));
    for request_id in ["1", "2"] {
        ada.say_json(message(request_id, "hello?")).await;
        let refusal = ada.next_json().await;
        assert_eq!((&refusal["ErrorCode"], &refusal["RequestId"]), (&json!(404), &json!(request_id)), "{refusal}");
    }
}

#[tokio::test]
async fn only_the_arn_of_a_room_deletes_it() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let delete = |arn: &str| chat.control.delete_room().identifier(arn).send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(delete(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(delete(&arn).await), ["identifier"], "{arn}");
    }
    assert_eq!(wrong_fields(chat.control.delete_room().send().await), ["identifier"]);
    assert_wrong_types(&chat, "/DeleteRoom", [("identifier", json!({ "identifier": [own] }))]).await;
    assert_no_objects(&chat, "/DeleteRoom").await;
    assert!(chat.control.get_room().identifier(&own).send().await.is_ok(), "it is still there");
}
