//! `UpdateRoom`.

use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler};
use serde_json::json;

use super::refusals::{
    assert_denied, assert_no_objects, assert_not_found, assert_wrong_types, no_room_arns, rooms_elsewhere, wrong_fields,
};
use super::reviewers::{LONGEST_REVIEWER, REVIEWER, chat_with_reviewers, handler};
use crate::harness::{Chat, message};

#[tokio::test]
async fn what_is_not_named_stays_as_it_is() {
    let chat = chat_with_reviewers().await;
    let made = chat.control.create_room().name("lobby").maximum_message_length(3).maximum_message_rate_per_second(4);
    let made =
        made.message_review_handler(handler(REVIEWER, None)).tags("a", "b").send().await.expect("a room is made");
    let update = || chat.control.update_room().identifier(made.arn().expect("an ARN"));
    let changes = [
        update(),
        update().name("hall"),
        update().maximum_message_length(30),
        update().maximum_message_rate_per_second(40),
        update().message_review_handler(handler(LONGEST_REVIEWER, Some(FallbackResult::Deny))),
        update().message_review_handler(handler("", Some(FallbackResult::Deny))),
        update().name(""),
    ];
    let (mut name, mut length, mut rate) = ("lobby".to_owned(), 3, 4);
    let mut reviewer = handler(REVIEWER, Some(FallbackResult::Allow));
    let mut last_change = *made.update_time().expect("a time");
    for change in changes {
        let wished = change.as_input().clone().build().expect("a whole request");
        name = wished.name().map_or(name, str::to_owned);
        length = wished.maximum_message_length().unwrap_or(length);
        rate = wished.maximum_message_rate_per_second().unwrap_or(rate);
        reviewer = wished.message_review_handler().cloned().unwrap_or(reviewer);

        let changed = change.send().await.expect("a room is changed");

        assert_eq!((changed.arn(), changed.id(), changed.name()), (made.arn(), made.id(), Some(&*name)));
        assert_eq!(changed.maximum_message_length(), Some(length));
        assert_eq!(changed.maximum_message_rate_per_second(), Some(rate));
        assert_eq!(changed.message_review_handler(), Some(&reviewer));
        assert_eq!((changed.tags(), changed.create_time()), (made.tags(), made.create_time()));
        let changed_at = *changed.update_time().expect("a time");
        assert!(changed_at > last_change, "{changed_at} is after {last_change}");
        last_change = changed_at;
        let found = chat.control.get_room().identifier(made.arn().expect("an ARN")).send().await.expect("it is found");
        assert_eq!((found.name(), found.update_time()), (changed.name(), changed.update_time()));
        assert_eq!(found.message_review_handler(), changed.message_review_handler());
    }
}

#[tokio::test]
async fn the_rules_of_a_room_hold_for_its_changes() {
    let chat = chat_with_reviewers().await;
    let room = chat.room().await;
    let update = || chat.control.update_room().identifier(&room);
    let fine = [
        update().name("a".repeat(128)),
        update().maximum_message_length(1),
        update().maximum_message_length(500),
        update().maximum_message_rate_per_second(1),
        update().maximum_message_rate_per_second(100),
        update().message_review_handler(handler(LONGEST_REVIEWER, None)),
        update().message_review_handler(MessageReviewHandler::builder().build()),
    ];
    for request in fine {
        let wished = format!("{:?}", request.as_input());
        assert!(request.send().await.is_ok(), "{wished}");
    }
    let before = chat.control.get_room().identifier(&room).send().await.expect("it is found");
    let wrong = [
        ("name", update().name("a".repeat(129))),
        ("name", update().name("a.b")),
        ("maximumMessageLength", update().maximum_message_length(0)),
        ("maximumMessageLength", update().maximum_message_length(501)),
        ("maximumMessageRatePerSecond", update().maximum_message_rate_per_second(0)),
        ("maximumMessageRatePerSecond", update().maximum_message_rate_per_second(101)),
        ("messageReviewHandler.uri", update().message_review_handler(handler(&format!("{LONGEST_REVIEWER}a"), None))),
        ("messageReviewHandler.uri", update().message_review_handler(handler("arn:aws:lambda:us:1:function:f", None))),
        ("messageReviewHandler.fallbackResult", update().message_review_handler(handler("", Some("MAYBE".into())))),
        ("loggingConfigurationIdentifiers", update().set_logging_configuration_identifiers(Some(vec![]))),
    ];
    for (field, request) in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), [field], "{wished}");
    }
    let uri = REVIEWER.replace("reviewer", "other");
    assert_denied(update().message_review_handler(handler(&uri, None)).send().await, &uri);
    let table = [
        ("name", json!({ "identifier": room, "name": [] })),
        ("maximumMessageLength", json!({ "identifier": room, "maximumMessageLength": "5" })),
        ("maximumMessageRatePerSecond", json!({ "identifier": room, "maximumMessageRatePerSecond": {} })),
        ("messageReviewHandler", json!({ "identifier": room, "messageReviewHandler": "" })),
        ("identifier", json!({ "identifier": 7 })),
    ];
    assert_wrong_types(&chat, "/UpdateRoom", table).await;
    assert_no_objects(&chat, "/UpdateRoom").await;
    let after = chat.control.get_room().identifier(&room).send().await.expect("it is found");
    assert_eq!((before.name(), before.update_time()), (after.name(), after.update_time()), "nothing has changed");
}

#[tokio::test]
async fn only_the_arn_of_a_room_changes_it() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let update = |arn: &str| chat.control.update_room().identifier(arn).name("hall").send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(update(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(update(&arn).await), ["identifier"], "{arn}");
    }
    assert_eq!(wrong_fields(chat.control.update_room().name("hall").send().await), ["identifier"]);
    let room = chat.control.get_room().identifier(own).send().await.expect("it is found");
    assert_eq!(room.name(), Some("lobby"));
}

#[tokio::test]
async fn a_change_holds_at_once_for_who_is_there() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    ada.say_json(message("1", "long words")).await;
    assert_eq!(ada.next_json().await["Content"], "long words");

    let update = chat.control.update_room().identifier(&room).maximum_message_length(4);
    update.send().await.expect("a room is changed");
    ada.say_json(message("2", "words")).await;
    let refusal = ada.next_json().await;
    assert_eq!((&refusal["ErrorCode"], &refusal["RequestId"]), (&json!(400), &json!("2")), "{refusal}");
    assert_eq!(refusal["ErrorMessage"], "Message exceeds maximum length");
    ada.say_json(message("3", "word")).await;
    assert_eq!(ada.next_json().await["Content"], "word");

    // Two messages were sent in every second from now on.
    chat.count_ahead(room.rsplit('/').next().unwrap_or_default(), "m", 2).await;
    ada.say_json(message("4", "more")).await;
    assert_eq!(ada.next_json().await["Content"], "more");
    let update = chat.control.update_room().identifier(&room).maximum_message_rate_per_second(2);
    update.send().await.expect("a room is changed");
    ada.say_json(message("5", "more")).await;
    let refusal = ada.next_json().await;
    assert_eq!((&refusal["ErrorCode"], &refusal["RequestId"]), (&json!(429), &json!("5")), "{refusal}");
}
