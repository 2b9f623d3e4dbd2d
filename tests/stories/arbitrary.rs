//! Whatever clients and callers send, the answer is one that they can read.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::harness::{Chat, Client};
use crate::operations::refusals::assert_names_exception;

/// Frames of one connection: with ten a second it may send them as fast as it can, and no answer is about its rate.
const FRAMES_PER_CONNECTION: u32 = 10;

#[test]
fn every_frame_is_answered() {
    use aws_sdk_ivschat::types::ChatTokenCapability::{DeleteMessage, DisconnectUser, SendMessage};

    let runtime = Runtime::new().expect("a runtime");
    let chat = runtime.block_on(Chat::start());
    let connection: std::cell::RefCell<Option<(Client, u32)>> = std::cell::RefCell::default();
    let actions = [
        json!({ "Action": "SEND_MESSAGE", "RequestId": "r", "Content": "hello", "Attributes": { "k": "v" } }),
        json!({ "Action": "DELETE_MESSAGE", "RequestId": "r", "Id": "AbCdEf123456", "Reason": "rude" }),
        json!({ "Action": "DISCONNECT_USER", "RequestId": "r", "UserId": "nobody", "Reason": "rude" }),
    ];
    let frame = prop_oneof![
        any::<String>(),
        any_json().prop_map(|value| value.to_string()),
        spoiled(actions.to_vec()).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    check(200, &frame, |frame| {
        runtime.block_on(async {
            // A connection that failed a case is not used for another.
            let kept = connection.borrow_mut().take().filter(|(_, frames)| *frames < FRAMES_PER_CONNECTION);
            let (mut client, frames) = match kept {
                Some(kept) => kept,
                None => {
                    let room = chat.room().await;
                    (chat.join_with(&room, "ada", &[SendMessage, DeleteMessage, DisconnectUser]).await, 0)
                }
            };
            client.say(&frame).await;
            let answer = client.next_json().await;
            assert_readable(&answer);
            connection.replace(Some((client, frames + 1)));
        });
    });
}

#[test]
fn every_call_is_answered() {
    let runtime = Runtime::new().expect("a runtime");
    let chat = runtime.block_on(Chat::start());
    let (room, doomed) = runtime.block_on(async { (chat.room().await, chat.room().await) });
    let room = room.as_str();
    let operations = [
        ("/CreateChatToken", json!({ "roomIdentifier": room, "userId": "ada", "capabilities": ["SEND_MESSAGE"] })),
        ("/CreateChatToken", json!({ "roomIdentifier": room, "userId": "ada", "attributes": { "k": "v" } })),
        ("/CreateRoom", json!({ "name": "lobby", "tags": { "k": "v" }, "messageReviewHandler": { "uri": "" } })),
        ("/DeleteMessage", json!({ "roomIdentifier": room, "id": "AbCdEf123456", "reason": "rude" })),
        ("/DeleteRoom", json!({ "identifier": doomed })),
        ("/DisconnectUser", json!({ "roomIdentifier": room, "userId": "ada", "reason": "rude" })),
        ("/GetRoom", json!({ "identifier": room })),
        ("/ListRooms", json!({ "name": "lobby", "maxResults": 5, "nextToken": "WzAsIkFiQ2RFZjEyMzQ1NiJd" })),
        ("/SendEvent", json!({ "roomIdentifier": room, "eventName": "e", "attributes": { "k": "v" } })),
        ("/UpdateRoom", json!({ "identifier": room, "name": "hall", "maximumMessageLength": 5 })),
    ];
    let mut operations = operations.map(|(path, body)| (path.to_owned(), body)).to_vec();
    operations.push((format!("/tags/{room}"), json!({ "tags": { "k": "v" } })));
    let call = prop::sample::select(operations).prop_flat_map(|(path, body)| {
        let bodies = prop_oneof![
            1 => prop::collection::vec(any::<u8>(), 0..200),
            1 => any_json().prop_map(|value| value.to_string().into_bytes()),
            3 => spoiled(vec![body]),
        ];
        (Just(path), bodies)
    });
    check(250, &call, |(path, body)| {
        runtime.block_on(async {
            let answer = chat.call(Method::POST, &path, body).await;
            match answer.status {
                200 => assert!(answer.json().is_object(), "{answer:?}"),
                204 => assert_eq!(answer.body, ""),
                400..500 => assert_names_exception(&answer, answer.header("x-amzn-errortype")),
                _ => panic!("{answer:?}"),
            }
        });
    });
}

fn check<T: std::fmt::Debug>(cases: u32, strategy: &impl Strategy<Value = T>, test: impl Fn(T)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let run = |input| {
        test(input);
        Ok(())
    };
    TestRunner::new(config).run(strategy, run).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Any JSON that is not too deep.
fn any_json() -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-zA-Z0-9]{12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// What is wrong with an object that was fine.
#[derive(Clone, Debug)]
enum Fault {
    None,
    Replace(prop::sample::Index, Value),
    ReplaceText(prop::sample::Index, String),
    Remove(prop::sample::Index),
    Rename(prop::sample::Index, String),
    Truncate(prop::sample::Index),
    Insert(prop::sample::Index, u8),
}

/// One of `objects`, with a fault.
fn spoiled(objects: Vec<Value>) -> impl Strategy<Value = Vec<u8>> {
    let place = any::<prop::sample::Index>;
    let fault = prop_oneof![
        Just(Fault::None),
        (place(), any_json()).prop_map(|(place, value)| Fault::Replace(place, value)),
        (place(), ".{0,300}").prop_map(|(place, text)| Fault::ReplaceText(place, text)),
        place().prop_map(Fault::Remove),
        (place(), any::<String>()).prop_map(|(place, name)| Fault::Rename(place, name)),
        place().prop_map(Fault::Truncate),
        (place(), any::<u8>()).prop_map(|(place, byte)| Fault::Insert(place, byte)),
    ];
    (prop::sample::select(objects), fault).prop_map(|(object, fault)| spoil(object, fault))
}

fn spoil(mut object: Value, fault: Fault) -> Vec<u8> {
    let members = object.as_object_mut().expect("actions and requests are objects");
    match fault {
        Fault::None => {}
        Fault::Replace(place, value) => _ = members.insert(name_at(members, place), value),
        Fault::ReplaceText(place, text) => _ = members.insert(name_at(members, place), text.into()),
        Fault::Remove(place) => _ = members.remove(&name_at(members, place)),
        Fault::Rename(place, name) => {
            let value = members.remove(&name_at(members, place)).unwrap_or_default();
            members.insert(name, value);
        }
        Fault::Truncate(place) => {
            let mut bytes = object.to_string().into_bytes();
            bytes.truncate(place.index(bytes.len()));
            return bytes;
        }
        Fault::Insert(place, byte) => {
            let mut bytes = object.to_string().into_bytes();
            bytes.insert(place.index(bytes.len()), byte);
            return bytes;
        }
    }
    object.to_string().into_bytes()
}

fn name_at(members: &Map<String, Value>, place: prop::sample::Index) -> String {
    let names: Vec<_> = members.keys().cloned().collect();
    place.get(&names).clone()
}

/// Asserts that a frame is one of the service, and not of the gateway.
fn assert_readable(frame: &Value) {
    let expected: &[&str] = match frame["Type"].as_str() {
        Some("MESSAGE") => &["Attributes", "Content", "Id", "RequestId", "SendTime", "Sender", "Type"],
        Some("EVENT") => &["Attributes", "EventName", "Id", "RequestId", "SendTime", "Type"],
        Some("ERROR") => &["ErrorCode", "ErrorMessage", "Id", "RequestId", "Type"],
        _ => panic!("not a frame of the service: {frame}"),
    };
    let mut members: Vec<_> = frame.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, expected, "{frame}");
    assert_eq!(frame["Id"].as_str().map(str::len), Some(12), "{frame}");
    assert!(frame["RequestId"].is_string(), "{frame}");
    if frame["Type"] == "ERROR" {
        assert!(matches!(frame["ErrorCode"].as_u64(), Some(400 | 413)), "{frame}");
    }
}
