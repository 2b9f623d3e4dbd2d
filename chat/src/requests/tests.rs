use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::{Capability, Exception};

const ROOM: &str = "arn:aws:ivschat:us-west-2:123456789012:room/AbCdEf123456";

fn wrong_fields<T>(outcome: Result<T, Exception>) -> Vec<String> {
    match outcome {
        Err(Exception::Validation { fields, .. }) => fields.into_iter().map(|field| field.name).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

fn bytes(body: Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

#[test]
fn an_empty_request_makes_a_room_with_defaults() {
    for body in ["", "{}", " {} ", r#"{"name":null,"tags":null}"#] {
        let room = CreateRoom::parse(body.as_bytes()).unwrap();
        assert_eq!((room.name.as_str(), room.maximum_message_length), ("", 500));
        assert_eq!(room.maximum_message_rate_per_second, 10);
        assert!(room.tags.is_empty());
    }
}

#[test]
fn limits_of_a_room_hold_at_their_edges() {
    let many_tags = |count: usize| (0..count).map(|n| (n.to_string(), json!(""))).collect::<serde_json::Map<_, _>>();
    let fine = [
        json!({ "name": "a".repeat(128) }),
        json!({ "name": "" }),
        json!({ "maximumMessageLength": 1 }),
        json!({ "maximumMessageLength": 500 }),
        json!({ "maximumMessageRatePerSecond": 100 }),
        json!({ "tags": many_tags(50) }),
        json!({ "tags": { "k".repeat(128): "v".repeat(256) } }),
    ];
    for body in fine {
        assert_eq!(wrong_fields(CreateRoom::parse(&bytes(body.clone()))), Vec::<String>::new(), "for {body}");
    }
    let wrong = [
        json!({ "name": "a".repeat(129) }),
        json!({ "name": "a b" }),
        json!({ "name": 5 }),
        json!({ "maximumMessageLength": 0 }),
        json!({ "maximumMessageLength": 501 }),
        json!({ "maximumMessageLength": 1.5 }),
        json!({ "maximumMessageLength": "5" }),
        json!({ "maximumMessageRatePerSecond": 101 }),
        json!({ "maximumMessageRatePerSecond": -1 }),
        json!({ "tags": many_tags(51) }),
        json!({ "tags": { "k".repeat(129): "" } }),
        json!({ "tags": { "": "" } }),
        json!({ "tags": { "k": "v".repeat(257) } }),
        json!({ "tags": { "AWS:k": "" } }),
        json!({ "tags": [] }),
        json!({ "messageReviewHandler": "on" }),
        json!({ "loggingConfigurationIdentifiers": [] }),
    ];
    for body in wrong {
        let name = body.as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(wrong_fields(CreateRoom::parse(&bytes(body.clone()))), [name], "for {body}");
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let body = json!({
        "roomIdentifier": "lobby", "userId": "", "capabilities": ["DANCE"], "attributes": { "n": 1 },
        "sessionDurationInMinutes": 181,
    });
    let names = ["roomIdentifier", "userId", "capabilities", "attributes", "sessionDurationInMinutes"];
    assert_eq!(wrong_fields(CreateChatToken::parse(&bytes(body))), names);
    assert_eq!(wrong_fields(CreateChatToken::parse(b"{}")), ["roomIdentifier", "userId"]);
    assert_eq!(wrong_fields(GetRoom::parse(b"{}")), ["identifier"]);
}

#[test]
fn a_token_request_is_read_whole() {
    let request = CreateChatToken::parse(&bytes(json!({
        "roomIdentifier": ROOM, "userId": "Zoë", "capabilities": ["SEND_MESSAGE", "DELETE_MESSAGE", "SEND_MESSAGE"],
        "attributes": { "displayName": "Zoë" }, "sessionDurationInMinutes": 180,
    })))
    .unwrap();
    assert_eq!(request.room.as_str(), ROOM);
    assert_eq!(request.user_id, "Zoë");
    assert_eq!(request.capabilities, [Capability::SendMessage, Capability::DeleteMessage]);
    assert_eq!(request.session_duration, Duration::from_secs(3 * 60 * 60));
    let plain = CreateChatToken::parse(&bytes(json!({ "roomIdentifier": ROOM, "userId": "a" }))).unwrap();
    assert_eq!(plain.session_duration, Duration::from_secs(60 * 60));
    assert!(plain.capabilities.is_empty());
}

#[test]
fn a_body_that_is_no_object_is_refused_as_a_whole() {
    for body in ["[]", "5", "hello", "{", "\u{0}", r#""{}""#] {
        let outcome = CreateRoom::parse(body.as_bytes());
        assert!(
            matches!(&outcome, Err(Exception::Validation { reason: crate::Reason::Other, fields }) if fields.is_empty()),
            "for `{body}`: {outcome:?}"
        );
    }
}
