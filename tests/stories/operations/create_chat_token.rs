//! `CreateChatToken`.

use std::collections::HashMap;

use aws_sdk_ivschat::types::ChatTokenCapability::{self, DeleteMessage, DisconnectUser, SendMessage};
use serde_json::{Value, json};

use super::refusals::{
    assert_no_objects, assert_not_found, assert_wrong_types, attributes, no_room_arns, rooms_elsewhere, wrong_fields,
};
use crate::harness::{Chat, message};

#[tokio::test]
async fn a_token_gives_what_was_asked_for_and_nothing_else() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let frames = [
        message("1", "hello"),
        json!({ "Action": "DELETE_MESSAGE", "RequestId": "2", "Id": "AbCdEf123456" }),
        json!({ "Action": "DISCONNECT_USER", "RequestId": "3", "UserId": "nobody" }),
    ];
    let all = [SendMessage, DeleteMessage, DisconnectUser];
    let table: [&[ChatTokenCapability]; 6] = [&[], &all[..1], &all[1..2], &all[2..], &all, &[SendMessage, SendMessage]];
    for capabilities in table {
        let mut client = chat.join_with(&room, "ada", capabilities).await;
        for (frame, capability) in frames.iter().zip(&all) {
            client.say_json(frame.clone()).await;
            let answer = client.next_json().await;
            let code = if capabilities.contains(capability) { Value::Null } else { json!(403) };
            assert_eq!(answer["ErrorCode"], code, "{capability} of {capabilities:?}: {answer}");
            assert_eq!(answer["RequestId"], frame["RequestId"]);
        }
        client.leave().await;
    }
    // Nothing but an absent list gives the same as an empty one.
    let token = chat.control.create_chat_token().room_identifier(&room).user_id("eve").send().await;
    let token = token.expect("a token is made").token.expect("a secret");
    let mut eve = chat.stack.connect(&[&token]).await.expect("a fresh token opens a connection");
    eve.say_json(message("1", "hello")).await;
    assert_eq!(eve.next_json().await["ErrorCode"], 403);
}

#[tokio::test]
async fn a_token_can_stand_in_a_header_and_tells_its_times() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let table = [(None, 60, 60), (Some(1), 1, 1), (Some(59), 59, 59), (Some(61), 60, 61), (Some(180), 60, 180)];
    for (minutes, token_minutes, session_minutes) in table {
        let request = chat.control.create_chat_token().room_identifier(&room).user_id("ada");
        let before = now();

        let token = request.set_session_duration_in_minutes(minutes).send().await.expect("a token is made");

        let secret = token.token().expect("a secret");
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        assert!(secret.len() >= 32 && secret.bytes().all(unreserved), "a subprotocol, and not to be guessed");
        let (expires, ends) = (token.token_expiration_time(), token.session_expiration_time());
        for (time, minutes) in [(expires, token_minutes), (ends, session_minutes)] {
            let (seconds, time) = (minutes * 60, time.expect("a time").secs());
            assert!((before + seconds..=now() + seconds).contains(&time), "{minutes} minutes");
        }
    }
}

#[tokio::test]
async fn the_rules_of_a_token_hold_at_their_edges() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = || chat.control.create_chat_token().room_identifier(&room).user_id("ada");
    let fine = [
        token().user_id("a"),
        token().user_id("🦀".repeat(128)),
        token().user_id(" \u{0}\n\"\\"),
        token().session_duration_in_minutes(1),
        token().session_duration_in_minutes(180),
        token().set_capabilities(Some(vec![])),
        token().set_capabilities(Some(vec![DeleteMessage; 1000])),
        token().set_attributes(Some(HashMap::new())),
        token().set_attributes(Some(attributes(1024))),
        token().attributes("", ""),
    ];
    for request in fine {
        let token = request.send().await.expect("a token is made").token;
        let token = token.expect("a secret");
        let connection = chat.stack.connect(&[&token]).await;
        connection.expect("whatever it carries, it opens a connection").leave().await;
    }
    let wrong = [
        ("userId", token().user_id("")),
        ("userId", token().user_id("🦀".repeat(129))),
        ("userId", token().set_user_id(None)),
        ("sessionDurationInMinutes", token().session_duration_in_minutes(0)),
        ("sessionDurationInMinutes", token().session_duration_in_minutes(181)),
        ("capabilities", token().capabilities("DANCE".into())),
        ("capabilities", token().capabilities(SendMessage).capabilities("send_message".into())),
        ("attributes", token().set_attributes(Some(attributes(1025)))),
    ];
    for (field, request) in wrong {
        assert_eq!(wrong_fields(request.send().await), [field]);
    }
    let table = [
        ("userId", json!({ "roomIdentifier": room, "userId": 5 })),
        ("capabilities", json!({ "roomIdentifier": room, "userId": "a", "capabilities": "SEND_MESSAGE" })),
        ("capabilities", json!({ "roomIdentifier": room, "userId": "a", "capabilities": [null] })),
        ("attributes", json!({ "roomIdentifier": room, "userId": "a", "attributes": { "k": 1 } })),
        ("attributes", json!({ "roomIdentifier": room, "userId": "a", "attributes": ["k"] })),
        ("sessionDurationInMinutes", json!({ "roomIdentifier": room, "userId": "a", "sessionDurationInMinutes": "5" })),
        ("roomIdentifier", json!({ "roomIdentifier": { "arn": room }, "userId": "a" })),
    ];
    assert_wrong_types(&chat, "/CreateChatToken", table).await;
    assert_no_objects(&chat, "/CreateChatToken").await;
}

#[tokio::test]
async fn a_token_needs_a_room() {
    let chat = Chat::start().await;
    let own = chat.room().await;
    let token = |arn: &str| chat.control.create_chat_token().room_identifier(arn).user_id("ada").send();

    for arn in rooms_elsewhere(&own) {
        assert_not_found(token(&arn).await, &arn);
    }
    for arn in no_room_arns() {
        assert_eq!(wrong_fields(token(&arn).await), ["roomIdentifier"], "{arn}");
    }
    assert_eq!(wrong_fields(chat.control.create_chat_token().send().await), ["roomIdentifier", "userId"]);
    assert!(chat.rows("Tokens").await.is_empty());
}

fn now() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs()).expect("a near future")
}
