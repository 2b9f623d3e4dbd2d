//! Hostile members: what they send does not keep the messages of other members out.

use aws_sdk_ivschat::types::ChatTokenCapability::SendMessage;
use serde_json::{Value, json};

use crate::harness::{Chat, Client, MAY_SPEAK, Stack, fault_plan, message, within_patience};

/// Frames that mallory sends at once: more than a connection may send in a second, and fewer than a flood.
const FRAMES: usize = 25;

/// Frames of a flood.
const FLOOD: usize = 100;

#[tokio::test]
async fn refused_frames_do_not_use_what_the_room_may_say() {
    let chat = Chat::start().await;
    let room = chat.control.create_room().maximum_message_length(100).maximum_message_rate_per_second(25).send().await;
    let room = room.expect("a room is created").arn.expect("a room has an ARN");
    let text = |length: usize| json!({ "Action": "SEND_MESSAGE", "Content": "x".repeat(length) });
    let kinds = [
        ("too long for any room", text(501)),
        ("too long for this room", text(101)),
        ("not an action", json!({ "Content": "x" })),
    ];
    for (kind, frame) in kinds {
        let mut mallory = chat.join(&room, "mallory").await;
        for _ in 0..10 {
            mallory.say_json(frame.clone()).await;
        }
        for _ in 0..10 {
            assert_eq!(mallory.next_json().await["Type"], "ERROR", "{kind}");
        }
        mallory.leave().await;
        assert_eq!(room_messages(&chat).await, 0, "{kind}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_never_takes_the_place_of_another() {
    let chat = Chat::start().await;
    let room = chat.control.create_room().maximum_message_length(100).maximum_message_rate_per_second(10).send().await;
    let room = room.expect("a room is created").arn.expect("a room has an ARN");
    let mut ada = chat.join(&room, "ada").await;
    let mut hostile = Vec::new();
    for name in ["mallory", "eve", "trudy"] {
        hostile.push(chat.join(&room, name).await);
    }
    let too_long = json!({ "Action": "SEND_MESSAGE", "Content": "x".repeat(101) });

    // All at the same time: as many of ada's as the room accepts, each with three that it rejects.
    for number in 0..10 {
        for client in &mut hostile {
            client.say_json(too_long.clone()).await;
        }
        ada.say_json(message(&number.to_string(), "hello")).await;
    }

    for _ in 0..10 {
        let heard = ada.next_json().await;
        assert_eq!(heard["Content"], "hello", "{heard}");
    }
    assert_eq!(room_messages(&chat).await, 10);
    for client in &mut hostile {
        let (mut rejected, mut heard) = (0, 0);
        while (rejected, heard) != (10, 10) {
            match client.next_json().await["Type"].as_str() {
                Some("ERROR") => rejected += 1,
                _ => heard += 1,
            }
        }
    }
}

#[tokio::test]
async fn only_as_many_frames_of_a_connection_count_as_it_may_send() {
    let chat = Chat::start().await;
    let room = chat.control.create_room().maximum_message_rate_per_second(25).send().await;
    let room = room.expect("a room is created").arn.expect("a room has an ARN");
    let mut mallory = chat.join(&room, "mallory").await;
    let mut ada = chat.join(&room, "ada").await;

    for number in 0..FRAMES {
        mallory.say_json(message(&number.to_string(), "noise")).await;
    }
    let (accepted, refused) = answers(&mut mallory, FRAMES).await;
    for _ in 0..accepted {
        assert_eq!(ada.next_json().await["Content"], "noise");
    }

    assert!(accepted >= 10 && refused > 0, "{accepted} accepted, {refused} refused");
    assert_eq!(
        room_messages(&chat).await,
        u64::try_from(accepted).expect("a count"),
        "what was refused is not counted"
    );
    for number in 0..10 {
        ada.say_json(message(&number.to_string(), "at last")).await;
        assert_eq!(ada.next_json().await["Content"], "at last");
    }
}

#[tokio::test]
async fn a_flood_is_answered_until_it_closes_the_connection_and_then_no_more() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut mallory = chat.join(&room, "mallory").await;
    let mut ada = chat.join(&room, "ada").await;

    // All of them arrive within two seconds, so one second has more than thirty.
    for _ in 0..FLOOD {
        mallory.say("what").await;
    }
    let (mut codes, code) = mallory.hears_until_its_end().await;
    codes.retain(|frame| frame["ErrorCode"] == 429);

    assert_eq!(code, 1000);
    assert!((1..=2 * (30 - 10 + 1)).contains(&codes.len()), "{} answers past the limit", codes.len());
    messages_are_handled(&chat, FLOOD).await;
    let deletions = chat.stack.parlor().log().lines().filter(|line| line.contains("] delete ")).count();
    assert!((1..=2).contains(&deletions), "{deletions} attempts to close it");
    ada.say_json(message("1", "quiet now")).await;
    assert_eq!(ada.next_json().await["Content"], "quiet now");
}

#[tokio::test]
async fn counters_that_dynamodb_throttles_are_too_many_requests_and_not_a_failure() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "throttle-dynamodb", "operations": ["UpdateItem"], "tables": ["Counters"] },
    ]));
    let chat = Chat::on(Stack::start_with("template.yaml", &["--faults", &file]).await);
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;

    ada.say_json(message("1", "hello")).await;

    let refusal = ada.next_json().await;
    assert_eq!(json!([refusal["ErrorCode"], refusal["RequestId"]]), json!([429, "1"]), "{refusal}");
}

#[tokio::test]
async fn a_message_counts_once_although_every_reply_of_the_counters_is_lost() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "fail-dynamodb", "done": true, "operations": ["UpdateItem"], "tables": ["Counters"] },
    ]));
    let chat = Chat::on(Stack::start_with("template.yaml", &["--faults", &file]).await);
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;

    for number in 0..8 {
        ada.say_json(message(&number.to_string(), "hello")).await;
        assert_eq!(ada.next_json().await["Content"], "hello");
    }

    assert_eq!(room_messages(&chat).await, 8);
}

#[tokio::test]
async fn a_flood_is_closed_although_every_reply_of_the_counters_is_lost() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "fail-dynamodb", "done": true, "operations": ["UpdateItem"], "tables": ["Counters"] },
    ]));
    let chat = Chat::on(Stack::start_with("template.yaml", &["--faults", &file]).await);
    let room = chat.room().await;
    let mut mallory = chat.join(&room, "mallory").await;

    for _ in 0..FLOOD {
        mallory.say("what").await;
    }

    let (_frames, code) = mallory.hears_until_its_end().await;
    assert_eq!(code, 1000);
}

#[tokio::test]
async fn a_session_does_not_connect_with_the_token_of_another() {
    let chat = Chat::start().await;
    let (here, there) = (chat.room().await, chat.room().await);
    let (admin, other) = (chat.token(&here, "admin", MAY_SPEAK).await, chat.token(&there, "eve", &[SendMessage]).await);
    let session = authorized(&chat, &admin).await;

    assert_eq!(connected(&chat, &session, &other).await, 401);
    assert_eq!(connected(&chat, &session, &admin).await, 200, "the right token was not redeemed");
    assert_eq!(connected(&chat, &session, &admin).await, 401, "and now it is");
}

/// How many of the next answers are messages, and how many are refusals.
async fn answers(client: &mut Client, count: usize) -> (usize, usize) {
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..count {
        let answer = client.next_json().await;
        match answer["Type"].as_str() {
            Some("MESSAGE") => accepted += 1,
            _ if answer["ErrorCode"] == 429 => refused += 1,
            _ => panic!("neither a message nor a refusal: {answer}"),
        }
    }
    (accepted, refused)
}

/// The messages that all counters of rooms have counted.
async fn room_messages(chat: &Chat) -> u64 {
    let items = chat.rows("Counters").await;
    items.iter().filter_map(|item| item.get("m")?.as_n().ok()?.parse::<u64>().ok()).sum()
}

/// Waits until `default` has handled so many messages.
async fn messages_are_handled(chat: &Chat, count: usize) {
    let is_report = |line: &&String| line.contains("[DefaultFunction] REPORT");
    let mut lines = chat.stack.parlor().lines();
    let handled = lines.wait_for(|lines| lines.iter().filter(is_report).count() >= count);
    within_patience("handling the messages", handled).await.expect("the stack runs");
}

/// The context that the authorizer gives to a token.
async fn authorized(chat: &Chat, token: &str) -> Value {
    let mut event = handshake(token);
    event["type"] = json!("REQUEST");
    event["methodArn"] = json!("arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect");
    chat.stack.invoke_with("AuthorizerFunction", &event).await["context"].clone()
}

/// The status with which `$connect` answers a session and a token.
async fn connected(chat: &Chat, session: &Value, token: &str) -> u64 {
    let mut event = handshake(token);
    event["requestContext"]["authorizer"] = session.clone();
    chat.stack.invoke_with("ConnectFunction", &event).await["statusCode"].as_u64().expect("a status")
}

fn handshake(token: &str) -> Value {
    json!({
        "headers": { "Sec-WebSocket-Protocol": token },
        "requestContext": {
            "routeKey": "$connect", "eventType": "CONNECT", "messageDirection": "IN", "stage": "dev",
            "connectionId": "SOqGjdZioAMCEeg=", "apiId": "abcdef1234", "requestId": "r", "domainName": "127.0.0.1:3001",
            "connectedAt": 1_700_000_000_000_u64, "requestTimeEpoch": 1_700_000_000_000_u64,
            "identity": { "sourceIp": "127.0.0.1" },
        },
        "isBase64Encoded": false,
    })
}
