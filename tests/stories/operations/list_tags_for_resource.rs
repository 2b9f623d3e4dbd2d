//! `ListTagsForResource`.

use reqwest::Method;
use serde_json::json;

use super::refusals::{assert_names_exception, assert_not_found, no_room_arns, rooms_elsewhere, wrong_fields};
use crate::harness::Chat;

#[tokio::test]
async fn a_room_tells_its_tags() {
    let chat = Chat::start().await;
    let bare = chat.room().await;
    let room = chat.control.create_room().tags("team", "blue").tags("Größe 🦀", "").send().await;
    let room = room.expect("a room is made").arn.expect("an ARN");

    let tags = chat.control.list_tags_for_resource().resource_arn(&room).send().await.expect("tags");
    let expected = [("team", "blue"), ("Größe 🦀", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(tags.tags(), &expected.into());
    let tags = chat.control.list_tags_for_resource().resource_arn(&bare).send().await.expect("no tags");
    assert!(tags.tags().is_empty());
    let encoded = room.replace(':', "%3a").replace('/', "%2f");
    for path in [format!("/tags/{room}"), format!("/tags/{encoded}"), format!("/tags/{}", room.replace('/', "%2F"))] {
        let answer = chat.call(Method::GET, &path, "").await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.json(), json!({ "tags": { "team": "blue", "Größe 🦀": "" } }), "{path}");
    }
}

#[tokio::test]
async fn only_the_arn_of_a_room_has_tags() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let list = |arn: &str| chat.control.list_tags_for_resource().resource_arn(arn).send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(list(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(list(&arn).await), ["resourceArn"], "{arn}");
    }
    for path in ["/tags/arn%3Aaws%00", "/tags/%F0%9F%A6%80", "/tags/%FF", "/tags/a%2525"] {
        let answer = chat.call(Method::GET, path, "").await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        assert_names_exception(&answer, "ValidationException");
    }
}

#[tokio::test]
async fn what_is_no_operation_is_unknown() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    for method in [Method::PUT, Method::PATCH] {
        let answer = chat.call(method, &format!("/tags/{room}"), "{}").await;
        assert_eq!((answer.status, &answer.json()["reason"]), (404, &json!("UNKNOWN_OPERATION")), "{answer:?}");
        assert_names_exception(&answer, "UnknownOperationException");
    }
}
