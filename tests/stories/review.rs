//! Messages that somebody looks at first.

use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler};
use serde_json::{Value, json};

use crate::harness::{Chat, Client, REVIEW_FUNCTION, Stack, binary, message, workspace, write_template};

#[tokio::test]
async fn a_reviewer_changes_what_is_heard() {
    let chat = start(5_000, &[]).await;
    let room = reviewed_room(&chat, FallbackResult::Deny).await;
    let mut ada = chat.join(&room, "ada").await;
    let mut ben = chat.join(&room, "ben").await;

    let words = json!({ "Action": "SEND_MESSAGE", "RequestId": "1", "Content": "teh end", "Attributes": { "k": "v" } });
    ada.say_json(words).await;

    let heard = ben.next_json().await;
    assert_eq!(heard["Content"], "the end");
    assert_eq!(heard["Attributes"], json!({ "k": "v" }));
    assert_eq!(ada.next_json().await, heard);
}

#[tokio::test]
async fn a_reviewer_says_no_to_the_sender_alone() {
    let chat = start(5_000, &[]).await;
    let room = reviewed_room(&chat, FallbackResult::Allow).await;
    let mut ada = chat.join(&room, "ada").await;
    let mut ben = chat.join(&room, "ben").await;

    ada.say_json(message("1", "a forbidden word")).await;
    let refusal = refused(&mut ada, 406, "1").await;
    assert!(refusal["ErrorMessage"].as_str().is_some_and(|text| text.contains("not for this room")), "{refusal}");

    ada.say_json(message("2", "a kind word")).await;
    assert_eq!(ben.next_json().await["Content"], "a kind word", "the first that ben hears");
    let counters = chat.rows("Counters").await;
    let total = |name: &str| -> u64 {
        counters.iter().filter_map(|item| item.get(name)?.as_n().ok()?.parse::<u64>().ok()).sum()
    };
    assert_eq!((total("r"), total("m")), (2, 1), "the denied message does not count against the room");
}

#[tokio::test]
async fn without_a_proper_answer_the_room_decides() {
    // This program expects another event, so each review fails.
    let program = binary("misbehave");
    let command = format!("ReviewFunction=env CONNECTIONS_TABLE=unused '{}'", program.display());
    let chat = start(5_000, &["--command", &command]).await;
    let (kind, strict) =
        (reviewed_room(&chat, FallbackResult::Allow).await, reviewed_room(&chat, FallbackResult::Deny).await);
    let mut ada = chat.join(&kind, "ada").await;
    let mut ben = chat.join(&strict, "ben").await;

    ada.say_json(message("1", "hello")).await;
    assert_eq!(ada.next_json().await["Content"], "hello");
    ben.say_json(message("2", "hello")).await;
    refused(&mut ben, 406, "2").await;
}

#[tokio::test]
async fn a_review_that_takes_too_long_does_not_count() {
    let chat = start(50, &["--command", "ReviewFunction=sleep 600"]).await;
    let room = reviewed_room(&chat, FallbackResult::Deny).await;
    let mut ada = chat.join(&room, "ada").await;

    ada.say_json(message("1", "hello")).await;

    refused(&mut ada, 406, "1").await;
    chat.stack.wait_for_log(|line| line.contains("the review took longer than 50ms")).await;
}

/// Starts the chat with the function of `examples/review`, which has `budget_milliseconds` for a review.
async fn start(budget_milliseconds: u32, arguments: &[&str]) -> Chat {
    let read = |path| std::fs::read_to_string(workspace().join(path)).expect("a template");
    let (chat, review) = (read("template.yaml"), read("examples/review/template.yaml"));
    let (resources, outputs) = chat.split_once("\nOutputs:").expect("the template has outputs");
    let (_, function) = review.split_once("\nResources:\n").expect("the template has resources");
    let (function, _) = function.split_once("\nOutputs:").expect("the template has outputs");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let template = write_template(directory.path(), &format!("{resources}\n{function}\nOutputs:{outputs}"));
    let parameters = format!("ReviewFunctions={REVIEW_FUNCTION} ReviewBudgetMilliseconds={budget_milliseconds}");
    let arguments = [&["--parameter-overrides", &parameters], arguments].concat();
    Chat::on(Stack::start_with(template, &arguments).await.keeping(directory))
}

async fn reviewed_room(chat: &Chat, fallback: FallbackResult) -> String {
    let handler = MessageReviewHandler::builder().uri(REVIEW_FUNCTION).fallback_result(fallback).build();
    let room = chat.control.create_room().message_review_handler(handler.clone()).send().await.expect("a room is made");
    assert_eq!(room.message_review_handler(), Some(&handler));
    room.arn.expect("a room has an ARN")
}

async fn refused(client: &mut Client, code: u16, request_id: &str) -> Value {
    let frame = client.next_json().await;
    assert_eq!(json!([frame["Type"], frame["ErrorCode"], frame["RequestId"]]), json!(["ERROR", code, request_id]));
    frame
}
