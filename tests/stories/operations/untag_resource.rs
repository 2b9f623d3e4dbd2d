//! `UntagResource`.

use reqwest::Method;
use serde_json::json;

use super::refusals::{assert_names_exception, assert_not_found, no_room_arns, rooms_elsewhere, wrong_fields};
use crate::harness::Chat;

#[tokio::test]
async fn tags_are_removed_by_their_keys() {
    let chat = Chat::start().await;
    let keys = ["plain", "with space", "Größe 🦀", "a/b?c=d&e", "100%", "a+b", "stays"];
    let room = chat.control.create_room().set_tags(Some(keys.map(|key| (key.to_owned(), "v".to_owned())).into()));
    let room = room.send().await.expect("a room is made");
    let arn = room.arn().expect("an ARN");

    let request = chat.control.untag_resource().resource_arn(arn).tag_keys("never there");
    let removed = keys[..6].iter().fold(request, |request, key| request.tag_keys(*key)).send().await;

    removed.expect("a room is untagged");
    let found = chat.control.get_room().identifier(arn).send().await.expect("it is found");
    assert_eq!(found.tags(), Some(&[("stays".to_owned(), "v".to_owned())].into()));
    assert_eq!(found.update_time(), room.update_time(), "a tag is no change");
    let raw = chat.call(Method::DELETE, &format!("/tags/{arn}?tagKeys=stays&tagKeys=stays"), "").await;
    assert_eq!((raw.status, raw.json()), (200, json!({})), "also with its ARN as it is");
    let tags = chat.control.list_tags_for_resource().resource_arn(arn).send().await.expect("no tags");
    assert!(tags.tags().is_empty());
}

#[tokio::test]
async fn the_rules_of_tag_keys_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let untag = || chat.control.untag_resource().resource_arn(&room);
    let many = |count: u32| Some((0..count).map(|number| number.to_string()).collect());
    for request in
        [untag().tag_keys("k".repeat(128)), untag().tag_keys("é".repeat(128)), untag().set_tag_keys(many(50))]
    {
        let wished = format!("{:?}", request.as_input());
        assert!(request.send().await.is_ok(), "{wished}");
    }
    let wrong = [
        untag().tag_keys(""),
        untag().tag_keys("k".repeat(129)),
        untag().tag_keys("aws:k"),
        untag().set_tag_keys(many(51)),
        untag().set_tag_keys(many(0)),
    ];
    for request in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), ["tagKeys"], "{wished}");
    }
    for query in ["", "?", "?tagkeys=a", "?tagKeys", "?tagKeys=a&tagKeys="] {
        let answer = chat.call(Method::DELETE, &format!("/tags/{room}{query}"), "").await;
        assert_eq!((answer.status, &answer.json()["fieldList"][0]["name"]), (400, &json!("tagKeys")), "{query}");
        assert_names_exception(&answer, "ValidationException");
    }
}

#[tokio::test]
async fn only_the_arn_of_a_room_is_untagged() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let untag = |arn: &str| chat.control.untag_resource().resource_arn(arn).tag_keys("k").send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(untag(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(untag(&arn).await), ["resourceArn"], "{arn}");
    }
}
