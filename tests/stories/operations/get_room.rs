//! `GetRoom`.

use serde_json::json;

use super::refusals::{
    assert_no_objects, assert_not_found, assert_wrong_types, no_room_arns, rooms_elsewhere, wrong_fields,
};
use super::reviewers::{REVIEWER, chat_with_reviewers, handler};
use crate::harness::Chat;

#[tokio::test]
async fn a_room_is_found_as_it_was_made() {
    let chat = chat_with_reviewers().await;
    let request = chat.control.create_room().name("lobby").maximum_message_length(3).tags("a", "b");
    let request = request.maximum_message_rate_per_second(4).message_review_handler(handler(REVIEWER, None));
    let made = request.send().await.expect("a room is made");

    let found = chat.control.get_room().identifier(made.arn().expect("an ARN")).send().await.expect("it is found");

    assert_eq!((found.arn(), found.id(), found.name()), (made.arn(), made.id(), Some("lobby")));
    assert_eq!((found.maximum_message_length(), found.maximum_message_rate_per_second()), (Some(3), Some(4)));
    assert_eq!((found.create_time(), found.update_time()), (made.create_time(), made.update_time()));
    assert_eq!((found.tags(), found.message_review_handler()), (made.tags(), made.message_review_handler()));
    let allows = aws_sdk_ivschat::types::FallbackResult::Allow;
    assert_eq!(found.message_review_handler(), Some(&handler(REVIEWER, Some(allows))), "the default is shown");
}

#[tokio::test]
async fn a_room_on_the_wire_has_every_member_in_its_place() {
    let chat = Chat::start().await;
    let arn = chat.room().await;

    let answer = chat.post("/GetRoom", json!({ "identifier": arn }).to_string()).await;

    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert!(!answer.header("x-amzn-requestid").is_empty());
    let room = answer.json();
    let times = ["createTime", "updateTime"].map(|name| room[name].as_str().expect("times are strings"));
    assert!(times.iter().all(|time| time.ends_with('Z') && time.contains('T')), "{times:?}");
    let expected = json!({
        "arn": arn, "id": arn.rsplit('/').next(), "name": "lobby", "createTime": times[0], "updateTime": times[1],
        "maximumMessageLength": 500, "maximumMessageRatePerSecond": 10, "tags": {},
    });
    assert_eq!(room, expected, "a reviewer that was never set is absent");
}

#[tokio::test]
async fn only_the_arn_of_a_room_finds_it() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let get = |arn: &str| chat.control.get_room().identifier(arn).send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(get(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(get(&arn).await), ["identifier"], "{arn}");
    }
    assert_eq!(wrong_fields(get("").await), ["identifier"]);
    assert_eq!(wrong_fields(chat.control.get_room().send().await), ["identifier"]);
    let table = [json!({ "identifier": [own] }), json!({ "identifier": 1 }), json!({ "Identifier": own })];
    assert_wrong_types(&chat, "/GetRoom", table.map(|body| ("identifier", body))).await;
    assert_no_objects(&chat, "/GetRoom").await;
}
