//! `TagResource`.

use std::collections::HashMap;

use serde_json::json;

use super::refusals::{
    assert_no_objects, assert_not_found, assert_wrong_types, no_room_arns, rooms_elsewhere, wrong_fields,
};
use crate::harness::Chat;

#[tokio::test]
async fn tags_are_added_and_replaced() {
    let chat = Chat::start().await;
    let room = chat.control.create_room().tags("team", "blue").tags("stays", "1").send().await;
    let room = room.expect("a room is made");
    let arn = room.arn().expect("an ARN");

    let request = chat.control.tag_resource().resource_arn(arn).tags("team", "red").tags("with space", "Zoë 🦀");
    request.send().await.expect("a room is tagged");
    let raw = chat.post(&format!("/tags/{arn}"), json!({ "tags": { "a/b?c=d&e": "%20" } }).to_string()).await;
    assert_eq!((raw.status, raw.json()), (200, json!({})), "also with its ARN as it is");

    let found = chat.control.get_room().identifier(arn).send().await.expect("it is found");
    let expected = [("team", "red"), ("stays", "1"), ("with space", "Zoë 🦀"), ("a/b?c=d&e", "%20")];
    let expected: HashMap<_, _> = expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    assert_eq!(found.tags(), Some(&expected));
    let listed = chat.control.list_tags_for_resource().resource_arn(arn).send().await.expect("tags");
    assert_eq!(listed.tags(), &expected);
    assert_eq!(found.update_time(), room.update_time(), "a tag is no change");
}

#[tokio::test]
async fn the_rules_of_tags_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let tag = || chat.control.tag_resource().resource_arn(&room);
    let many =
        |numbers: std::ops::Range<u32>| Some(numbers.map(|number| (number.to_string(), String::new())).collect());
    tag().set_tags(many(0..0)).send().await.expect("no tag is no matter");
    tag().tags("k".repeat(128), "v".repeat(256)).send().await.expect("as long as a tag can be");
    let wrong = [
        tag().tags("", "v"),
        tag().tags("k".repeat(129), ""),
        tag().tags("k", "v".repeat(257)),
        tag().tags("aws:k", "v"),
        tag().tags("AWS:k", "v"),
        tag().set_tags(many(0..51)),
        tag().set_tags(many(0..50)),
        tag().set_tags(None),
    ];
    for request in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), ["tags"], "{wished}");
    }
    tag().set_tags(many(0..49)).send().await.expect("fifty in all");
    assert_eq!(wrong_fields(tag().tags("one more", "").send().await), ["tags"]);
    tag().tags("48", "replaced").send().await.expect("fifty as before");
    let tags = chat.control.list_tags_for_resource().resource_arn(&room).send().await.expect("tags");
    assert_eq!((tags.tags().len(), tags.tags().get("48").map(String::as_str)), (50, Some("replaced")));

    let path = format!("/tags/{}", room.replace(':', "%3A").replace('/', "%2F"));
    let table = [json!({ "tags": ["k"] }), json!({ "tags": { "k": 1 } }), json!({ "tags": null }), json!({})];
    assert_wrong_types(&chat, &path, table.map(|body| ("tags", body))).await;
    assert_no_objects(&chat, &path).await;
}

#[tokio::test]
async fn only_the_arn_of_a_room_is_tagged() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let tag = |arn: &str| chat.control.tag_resource().resource_arn(arn).tags("k", "v").send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(tag(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(tag(&arn).await), ["resourceArn"], "{arn}");
    }
}

#[tokio::test]
async fn tags_of_one_moment_do_not_overwrite_each_other() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let tag = |key: &str| chat.control.tag_resource().resource_arn(&room).tags(key, "").send();

    let (one, other, third) = tokio::join!(tag("one"), tag("other"), tag("third"));

    assert!(one.is_ok() && other.is_ok() && third.is_ok(), "{one:?} {other:?} {third:?}");
    let tags = chat.control.list_tags_for_resource().resource_arn(&room).send().await.expect("tags");
    assert_eq!(tags.tags().len(), 3);
}
