//! `CreateRoom`.

use aws_sdk_ivschat::types::error::ServiceQuotaExceededException;
use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler, ResourceType};
use serde_json::json;

use super::refusals::{assert_denied, assert_no_objects, assert_wrong_types, exception, wrong_fields};
use super::reviewers::{LONGEST_REVIEWER, REVIEWER, chat_with_reviewers, handler};
use crate::harness::Chat;

#[tokio::test]
async fn a_room_without_wishes_has_the_defaults() {
    let chat = Chat::start().await;

    let room = chat.control.create_room().send().await.expect("nothing is required");

    let id = room.id().expect("an id");
    assert_eq!((id.len(), id.bytes().all(|byte| byte.is_ascii_alphanumeric())), (12, true), "{id}");
    assert_eq!(room.arn(), Some(format!("arn:aws:ivschat:us-east-1:123456789012:room/{id}").as_str()));
    assert_eq!(room.name(), Some(""));
    assert_eq!(room.maximum_message_length(), Some(500));
    assert_eq!(room.maximum_message_rate_per_second(), Some(10));
    assert_eq!(room.message_review_handler(), None);
    assert_eq!(room.tags().map(|tags| tags.len()), Some(0));
    assert_eq!(room.create_time(), room.update_time());
    let age = std::time::UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs_f64()
        - room.create_time().expect("a time").as_secs_f64();
    assert!((0.0..60.0).contains(&age), "made {age} s ago");
    assert!(room.logging_configuration_identifiers().is_empty());
    assert_eq!(chat.post("/CreateRoom", "").await.status, 200, "no body is an empty one");
}

#[tokio::test]
async fn a_room_is_as_it_was_wished() {
    let chat = chat_with_reviewers().await;
    let request = chat.control.create_room().name("lobby_1-A").maximum_message_length(7);
    let request = request.maximum_message_rate_per_second(9).tags("team", "blue").tags("Größe 🦀", "");

    let room = request.message_review_handler(handler(REVIEWER, Some(FallbackResult::Deny))).send().await;

    let room = room.expect("a room is made");
    assert_eq!(room.name(), Some("lobby_1-A"));
    assert_eq!((room.maximum_message_length(), room.maximum_message_rate_per_second()), (Some(7), Some(9)));
    assert_eq!(room.message_review_handler(), Some(&handler(REVIEWER, Some(FallbackResult::Deny))));
    let tags = [("team", "blue"), ("Größe 🦀", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(room.tags(), Some(&tags.into()));
}

#[tokio::test]
async fn the_rules_of_a_room_hold_at_their_edges() {
    let chat = chat_with_reviewers().await;
    let room = || chat.control.create_room();
    let tags = |count: u32| (0..count).map(|number| (number.to_string(), String::new())).collect();
    let tag = |key: &str, value: &str| Some([(key.to_owned(), value.to_owned())].into());
    let fine = [
        room().name(""),
        room().name("a".repeat(128)),
        room().name("AZaz09-_"),
        room().maximum_message_length(1),
        room().maximum_message_length(500),
        room().maximum_message_rate_per_second(1),
        room().maximum_message_rate_per_second(100),
        room().set_tags(Some(tags(0))),
        room().set_tags(Some(tags(50))),
        room().set_tags(tag(&"é".repeat(128), &"é".repeat(256))),
        room().set_tags(tag(" ", " ")),
        room().set_tags(tag("awsome", "aws:")),
        room().message_review_handler(MessageReviewHandler::builder().build()),
        room().message_review_handler(handler("", None)),
        room().message_review_handler(handler(LONGEST_REVIEWER, None)),
    ];
    for request in fine {
        let wished = format!("{:?}", request.as_input());
        assert!(request.send().await.is_ok(), "{wished}");
    }
    let wrong = [
        ("name", room().name("a".repeat(129))),
        ("name", room().name("no spaces")),
        ("name", room().name("é")),
        ("name", room().name("line\n")),
        ("maximumMessageLength", room().maximum_message_length(0)),
        ("maximumMessageLength", room().maximum_message_length(501)),
        ("maximumMessageLength", room().maximum_message_length(i32::MIN)),
        ("maximumMessageRatePerSecond", room().maximum_message_rate_per_second(0)),
        ("maximumMessageRatePerSecond", room().maximum_message_rate_per_second(101)),
        ("maximumMessageRatePerSecond", room().maximum_message_rate_per_second(i32::MAX)),
        ("tags", room().set_tags(Some(tags(51)))),
        ("tags", room().set_tags(tag("", "v"))),
        ("tags", room().set_tags(tag(&"k".repeat(129), ""))),
        ("tags", room().set_tags(tag("k", &"v".repeat(257)))),
        ("tags", room().set_tags(tag("aws:k", ""))),
        ("tags", room().set_tags(tag("Aws:k", ""))),
        ("messageReviewHandler.uri", room().message_review_handler(handler("reviewer", None))),
        ("messageReviewHandler.uri", room().message_review_handler(handler(&format!("{LONGEST_REVIEWER}a"), None))),
        ("messageReviewHandler.fallbackResult", room().message_review_handler(handler(REVIEWER, Some("MAYBE".into())))),
        ("loggingConfigurationIdentifiers", room().logging_configuration_identifiers("arn:aws:ivschat:a:1:l/a")),
    ];
    for (field, request) in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), [field], "{wished}");
    }
    let everything = room().name(" ").maximum_message_length(0).maximum_message_rate_per_second(0);
    let all = ["name", "maximumMessageLength", "maximumMessageRatePerSecond"];
    assert_eq!(wrong_fields(everything.send().await), all, "all at once");
}

#[tokio::test]
async fn no_other_types_make_a_room() {
    let chat = Chat::start().await;
    let table = [
        ("name", json!({ "name": 5 })),
        ("maximumMessageLength", json!({ "maximumMessageLength": "5" })),
        ("maximumMessageLength", json!({ "maximumMessageLength": 1.5 })),
        ("maximumMessageRatePerSecond", json!({ "maximumMessageRatePerSecond": 4_294_967_297_u64 })),
        ("maximumMessageRatePerSecond", json!({ "maximumMessageRatePerSecond": true })),
        ("tags", json!({ "tags": [] })),
        ("tags", json!({ "tags": { "k": null } })),
        ("tags", json!({ "tags": { "k": 1 } })),
        ("messageReviewHandler", json!({ "messageReviewHandler": "on" })),
        ("messageReviewHandler.uri", json!({ "messageReviewHandler": { "uri": 1 } })),
        ("messageReviewHandler.fallbackResult", json!({ "messageReviewHandler": { "fallbackResult": 1 } })),
        ("messageReviewHandler.fallbackResult", json!({ "messageReviewHandler": { "fallbackResult": "allow" } })),
    ];
    assert_wrong_types(&chat, "/CreateRoom", table).await;
    assert_no_objects(&chat, "/CreateRoom").await;
    let nothing = json!({ "name": null, "tags": null, "messageReviewHandler": null, "unknown": [1] });
    assert_eq!(chat.post("/CreateRoom", nothing.to_string()).await.status, 200, "null is absent");
}

#[tokio::test]
async fn a_reviewer_that_the_template_does_not_name_is_denied() {
    let chat = chat_with_reviewers().await;
    for uri in [REVIEWER.replace("reviewer", "other"), format!("{REVIEWER}:1"), REVIEWER.replace("us-", "eu-")] {
        let request = chat.control.create_room().message_review_handler(handler(&uri, None));
        assert_denied(request.send().await, &uri);
    }
    let chat = Chat::start().await;
    let request = chat.control.create_room().message_review_handler(handler(REVIEWER, None));
    assert_denied(request.send().await, REVIEWER);
}

#[tokio::test]
async fn there_are_fifty_thousand_rooms_at_most() {
    let chat = Chat::start().await;
    let old = chat.room().await;
    chat.set_room_count(49_999).await;
    chat.control.create_room().send().await.expect("the last room");

    let (status, refusal) = exception::<ServiceQuotaExceededException>(chat.control.create_room().send().await);

    assert_eq!((status, refusal.limit()), (402, 50_000));
    assert_eq!(refusal.resource_type(), &ResourceType::Room);
    assert_eq!(refusal.resource_id().len(), 12);
    assert!(!refusal.message().is_empty());
    assert_eq!(chat.control.list_rooms().send().await.expect("a list").rooms().len(), 2, "it was not made");
    chat.control.delete_room().identifier(old).send().await.expect("a room is deleted");
    chat.control.create_room().send().await.expect("there is a place again");
}
