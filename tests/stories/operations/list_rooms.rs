//! `ListRooms`.

use std::collections::HashSet;

use aws_sdk_ivschat::operation::list_rooms::ListRoomsOutput;
use serde_json::json;

use super::refusals::{assert_no_objects, assert_wrong_types, wrong_fields};
use super::reviewers::{LONGEST_REVIEWER, REVIEWER, chat_with_reviewers, handler};
use crate::harness::Chat;

#[tokio::test]
async fn the_room_that_was_changed_last_comes_first() {
    let chat = Chat::start().await;
    let nothing = chat.control.list_rooms().send().await.expect("a list");
    assert_eq!((nothing.rooms().len(), nothing.next_token()), (0, None));
    let (old, young) = (chat.room().await, chat.room().await);
    assert_eq!(arns(&chat.control.list_rooms().send().await.expect("a list")), [&*young, &*old]);

    chat.control.update_room().identifier(&old).name("hall").send().await.expect("a room is changed");
    chat.control.tag_resource().resource_arn(&young).tags("a", "b").send().await.expect("a room is tagged");

    let listed = chat.control.list_rooms().send().await.expect("a list");
    assert_eq!(arns(&listed), [&*old, &*young], "a tag is no change");
    assert_eq!(listed.next_token(), None);
    let room = chat.control.get_room().identifier(&old).send().await.expect("it is found");
    let [summary, other] = listed.rooms() else { panic!("{listed:?}") };
    assert_eq!((summary.arn(), summary.id(), summary.name()), (room.arn(), room.id(), Some("hall")));
    assert_eq!((summary.create_time(), summary.update_time()), (room.create_time(), room.update_time()));
    assert_eq!((summary.tags(), summary.message_review_handler()), (room.tags(), None));
    assert_eq!(other.tags().and_then(|tags| tags.get("a")).map(String::as_str), Some("b"));
    let wire = chat.post("/ListRooms", "").await.json();
    let members: HashSet<_> = wire["rooms"][0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, HashSet::from(["arn", "id", "name", "tags", "createTime", "updateTime"]));
    assert_eq!(wire.as_object().map(|answer| answer.len()), Some(1), "no token at the end: {wire}");
}

#[tokio::test]
async fn filters_are_equalities_and_hold_together() {
    let chat = chat_with_reviewers().await;
    let wishes = [("red", Some(REVIEWER)), ("red", None), ("blue", Some(REVIEWER)), ("re", Some(LONGEST_REVIEWER))];
    let mut made = Vec::new();
    for (name, uri) in wishes {
        let request = chat.control.create_room().name(name);
        let request = request.set_message_review_handler(uri.map(|uri| handler(uri, None)));
        made.push(request.send().await.expect("a room is made").arn.expect("an ARN"));
    }
    let list = || chat.control.list_rooms();
    let table = [
        (list(), vec![3, 2, 1, 0]),
        (list().name("red"), vec![1, 0]),
        (list().name("RED"), vec![]),
        (list().name("r"), vec![]),
        (list().message_review_handler_uri(REVIEWER), vec![2, 0]),
        (list().message_review_handler_uri(LONGEST_REVIEWER), vec![3]),
        (list().message_review_handler_uri(REVIEWER.replace("reviewer", "other")), vec![]),
        (list().message_review_handler_uri(REVIEWER).name("red"), vec![0]),
        (list().message_review_handler_uri(LONGEST_REVIEWER).name("red"), vec![]),
        (list().name("red").max_results(2), vec![1, 0]),
    ];
    for (request, expected) in table {
        let wished = format!("{:?}", request.as_input());
        let listed = request.send().await.expect("a list");
        let expected: Vec<_> = expected.into_iter().map(|position: usize| made[position].as_str()).collect();
        assert_eq!(arns(&listed), expected, "{wished}");
        assert_eq!(listed.next_token(), None, "{wished}");
    }
    let first = list().name("red").max_results(1).send().await.expect("a list");
    assert_eq!(arns(&first), [&*made[1]]);
    let second = list().name("red").max_results(1).next_token(first.next_token().expect("one more")).send().await;
    let second = second.expect("a list");
    assert_eq!((arns(&second), second.next_token()), (vec![&*made[0]], None));
}

#[tokio::test]
async fn pages_survive_what_becomes_of_their_rooms() {
    let chat = Chat::start().await;
    let mut made = Vec::new();
    for _ in 0..53 {
        made.push(chat.room().await);
    }
    let newest_first: Vec<_> = made.iter().rev().map(String::as_str).collect();

    let whole = chat.control.list_rooms().send().await.expect("a list");
    assert_eq!(arns(&whole), newest_first[..50], "fifty where the request does not say it");
    let whole = chat.control.list_rooms().next_token(whole.next_token().expect("more follow")).send().await;
    let whole = whole.expect("a list");
    assert_eq!((arns(&whole), whole.next_token()), (newest_first[50..].to_vec(), None));

    let first = chat.control.list_rooms().max_results(20).send().await.expect("a list");
    assert_eq!(arns(&first), newest_first[..20]);
    chat.control.delete_room().identifier(newest_first[19]).send().await.expect("the last of the page is deleted");
    chat.control.update_room().identifier(newest_first[0]).send().await.expect("its first is changed");
    let second = chat.control.list_rooms().max_results(20).next_token(first.next_token().expect("more follow"));
    let second = second.send().await.expect("a list");
    assert_eq!(arns(&second), newest_first[20..40]);
    chat.control.update_room().identifier(newest_first[39]).send().await.expect("the last of the page is changed");
    let third = chat.control.list_rooms().max_results(13).next_token(second.next_token().expect("more follow"));
    let third = third.send().await.expect("a list");
    assert_eq!((arns(&third), third.next_token()), (newest_first[40..].to_vec(), None), "a full page may be the last");

    let mut pages = chat.control.list_rooms().max_results(50).into_paginator().send();
    let mut walked = HashSet::new();
    while let Some(page) = pages.next().await {
        walked.extend(arns(&page.expect("a list")).into_iter().map(str::to_owned));
    }
    assert_eq!(walked.len(), 52);
}

#[tokio::test]
async fn a_list_has_its_rules() {
    let chat = Chat::start().await;
    let (_one, _other) = (chat.room().await, chat.room().await);
    let list = || chat.control.list_rooms();
    let token = list().max_results(1).send().await.expect("a list").next_token.expect("one more");
    assert!(token.len() <= 1024);
    let fine = [
        list().max_results(1),
        list().max_results(50),
        list().name(""),
        list().name("a".repeat(128)),
        list().message_review_handler_uri(""),
        list().message_review_handler_uri(LONGEST_REVIEWER),
        list().next_token(&token).max_results(7),
    ];
    for request in fine {
        let wished = format!("{:?}", request.as_input());
        assert!(request.send().await.is_ok(), "{wished}");
    }
    let wrong = [
        ("maxResults", list().max_results(0)),
        ("maxResults", list().max_results(51)),
        ("maxResults", list().max_results(-1)),
        ("name", list().name("a".repeat(129))),
        ("name", list().name("a b")),
        ("messageReviewHandlerUri", list().message_review_handler_uri("reviewer")),
        ("messageReviewHandlerUri", list().message_review_handler_uri(format!("{LONGEST_REVIEWER}a"))),
        ("nextToken", list().next_token("bm8gdG9rZW4")),
        ("nextToken", list().next_token(format!("{token}A"))),
        ("nextToken", list().next_token("a".repeat(1024))),
        ("nextToken", list().next_token("a".repeat(1025))),
        // `[0,""]`, `[18446744073709551615,"rooms"]`: they look like tokens, but no room stands there.
        ("nextToken", list().next_token("WzAsIiJd")),
        ("nextToken", list().next_token("WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCJyb29tcyJd")),
        ("loggingConfigurationIdentifier", list().logging_configuration_identifier("arn:aws:ivschat:a:1:l/a")),
    ];
    for (field, request) in wrong {
        let wished = format!("{:?}", request.as_input());
        assert_eq!(wrong_fields(request.send().await), [field], "{wished}");
    }
    let table = [
        ("maxResults", json!({ "maxResults": "5" })),
        ("name", json!({ "name": 5 })),
        ("messageReviewHandlerUri", json!({ "messageReviewHandlerUri": {} })),
        ("nextToken", json!({ "nextToken": [0, ""] })),
    ];
    assert_wrong_types(&chat, "/ListRooms", table).await;
    assert_no_objects(&chat, "/ListRooms").await;
}

fn arns(listed: &ListRoomsOutput) -> Vec<&str> {
    listed.rooms().iter().filter_map(|room| room.arn()).collect()
}
