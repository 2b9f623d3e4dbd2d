//! Rooms with more members than one page of the table holds.

use std::collections::HashSet;

use aws_sdk_ivschat::types::ChatTokenCapability;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use crate::harness::{Chat, Client, MAY_SPEAK, SlowRecipient, Stack, connect, message, milliseconds_since_epoch};

/// Two full pages and a part of a third.
const CROWD: usize = 230;

async fn crowd(chat: &Chat, room: &str, count: usize) -> Vec<Client> {
    let joining = stream::iter(0..count).map(|number| async move { chat.join(room, &format!("user-{number}")).await });
    joining.buffer_unordered(16).collect().await
}

/// Everybody in `crowd` hears this message: they all have the same id. On a busy machine, an earlier one may come twice.
async fn assert_all_hear(crowd: &mut [Client], content: &str) {
    let mut ids = HashSet::new();
    for client in crowd {
        let heard = loop {
            let frame = client.next_json().await;
            if frame["Content"] == content {
                break frame;
            }
        };
        ids.insert(heard["Id"].to_string());
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test]
async fn everybody_in_a_large_room_hears_a_message_and_its_sender_once() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut crowd = crowd(&chat, &room, CROWD).await;
    // Sort keys begin with the length of the name, as text: nobody comes after this one.
    let mut ada = chat.join(&room, "ada-99999").await;

    ada.say_json(message("1", "one")).await;
    assert_eq!(ada.next_json().await["Content"], "one");
    assert_all_hear(&mut crowd, "one").await;
    ada.say_json(message("2", "two")).await;

    assert_eq!(ada.next_json().await["Content"], "two", "the sender's own frame comes once");
    assert_all_hear(&mut crowd, "two").await;
    // The first page has a hundred rows, and one of the others is the sender's.
    let report = chat.stack.wait_for_log(|line| line.contains("\"Delivered\":130,")).await;
    let metrics: Value = serde_json::from_str(&report[report.find('{').unwrap()..]).unwrap();
    assert_eq!((&metrics["Gone"], &metrics["Retried"], &metrics["Dropped"]), (&json!(0), &json!(0), &json!(0)));
}

#[tokio::test]
async fn pages_may_be_posted_by_others_than_their_reader() {
    let directory = tempfile::tempdir().unwrap();
    let overrides = ["--parameter-overrides", "FanoutPostOnlyJobs=true"];
    let chat = Chat::on(Stack::start_with("template.yaml", &overrides).await.keeping(directory));
    let room = chat.room().await;
    let mut crowd = crowd(&chat, &room, CROWD).await;
    let mut ada = chat.join(&room, "ada").await;

    ada.say_json(message("1", "one")).await;

    assert_eq!(ada.next_json().await["Content"], "one");
    assert_all_hear(&mut crowd, "one").await;
    chat.stack.wait_for_log(|line| line.contains("\"HandedOn\":131")).await;
}

#[tokio::test]
async fn a_user_on_a_later_page_is_told_and_sent_away() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut crowd = crowd(&chat, &room, CROWD).await;
    // Sort keys begin with the length of the name, as text: nobody comes after this one.
    let last = "troll-999";
    let mut troll = chat.join(&room, last).await;
    let mut judge = chat.join_with(&room, "judge", &[ChatTokenCapability::DisconnectUser]).await;

    judge
        .say_json(json!({ "Action": "DISCONNECT_USER", "RequestId": "1", "UserId": last, "Reason": "shouting" }))
        .await;

    assert_eq!(judge.next_json().await["EventName"], "aws:DISCONNECT_USER");
    assert_eq!(troll.next_json().await["EventName"], "aws:DISCONNECT_USER");
    assert_eq!(troll.closes_with().await, 1000);
    for client in &mut crowd {
        assert_eq!(client.next_json().await["EventName"], "aws:DISCONNECT_USER");
    }
}

#[tokio::test]
async fn a_page_that_was_read_in_vain_costs_nobody_on_it_an_attempt() {
    let directory = tempfile::tempdir().unwrap();
    let faults = directory.path().join("faults.json");
    // The first page is read; of the second, two jobs have three attempts each. Then a post fails in all three of its own.
    let plan = json!({ "seed": 1, "faults": [
        { "fault": "fail-dynamodb", "operations": ["Query"], "after": 1, "at_most": 6 },
        { "fault": "answer-post", "status": 503, "connections": { "query": { "name": "last" } }, "at_most": 3 },
    ]});
    std::fs::write(&faults, plan.to_string()).unwrap();
    let stack = Stack::start_with("template.yaml", &["--faults", faults.to_str().unwrap()]).await;
    let chat = Chat::on(stack.keeping(directory));
    let room = chat.room().await;
    let _crowd = crowd(&chat, &room, 101).await;
    // Sort keys begin with the length of the name, as text: nobody comes after this one.
    let token = chat.token(&room, "last-9999", MAY_SPEAK).await;
    let url = format!("{}?name=last", chat.stack.web_socket_url());
    let mut last = connect(&url, &[&token]).await.expect("a fresh token opens a connection");
    let mut ada = chat.join(&room, "ada").await;

    ada.say_json(message("1", "one")).await;

    assert_eq!(ada.next_json().await["Content"], "one");
    assert_eq!(last.next_json().await["Content"], "one");
}

#[tokio::test]
async fn a_member_who_takes_long_holds_up_nobody_and_is_left_to_a_job() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let mut ben = chat.join(&room, "ben").await;
    let mut slow = SlowRecipient::start().await;
    let mut row = chat.rows("Connections").await.remove(0);
    row.insert("endpoint".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(slow.endpoint()));
    chat.write_connection(&row, "slow", "SOqGjdZioAMCEeg=", milliseconds_since_epoch() - 60_000).await;

    ada.say_json(message("1", "hello")).await;

    slow.is_posted_to().await;
    assert_eq!(ben.next_json().await["Content"], "hello");
    assert_eq!(ada.next_json().await["Content"], "hello", "the sender does not wait for the slow");
    chat.stack.wait_for_log(|line| line.starts_with("[FanoutFunction]") && line.contains("\"Recipients\":1,")).await;
}
