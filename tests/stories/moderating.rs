//! What moderators do, and what happens to those who ask too much.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_ivschat::types::ChatTokenCapability::{DeleteMessage, DisconnectUser, SendMessage};
use serde_json::json;

use crate::harness::{Chat, Newcomer, message, milliseconds_since_epoch};

#[tokio::test]
async fn everybody_is_told_to_remove_a_message() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join_with(&room, "ada", &[DeleteMessage]).await;
    let mut ben = chat.join(&room, "ben").await;
    ben.say_json(message("1", "regrettable")).await;
    let said = ben.next_json().await;
    assert_eq!(ada.next_json().await, said);

    ada.say_json(json!({ "Action": "DELETE_MESSAGE", "RequestId": "2", "Id": said["Id"], "Reason": "rude" })).await;

    let told = ada.next_json().await;
    assert_eq!(told["Type"], "EVENT");
    assert_eq!(told["EventName"], "aws:DELETE_MESSAGE");
    assert_eq!(told["RequestId"], "2");
    assert_eq!(told["Attributes"], json!({ "MessageID": said["Id"], "MessageId": said["Id"], "Reason": "rude" }));
    assert_eq!(ben.next_json().await, told);
}

#[tokio::test]
async fn every_connection_of_a_user_hears_the_event_and_is_closed() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join_with(&room, "ada", &[DisconnectUser, SendMessage]).await;
    let mut eve_here = chat.join(&room, "eve").await;
    let mut eve_there = chat.join(&room, "eve").await;
    let mut evelyn = chat.join(&room, "evelyn").await;

    ada.say_json(json!({ "Action": "DISCONNECT_USER", "RequestId": "1", "UserId": "eve" })).await;

    let told = ada.next_json().await;
    assert_eq!(told["EventName"], "aws:DISCONNECT_USER");
    assert_eq!(told["Attributes"], json!({ "UserId": "eve", "Reason": "" }));
    assert_eq!(eve_here.next_json().await, told);
    assert_eq!(eve_there.next_json().await, told);
    assert_eq!(evelyn.next_json().await, told);
    assert_eq!(eve_here.closes_with().await, 1000);
    assert_eq!(eve_there.closes_with().await, 1000);
    ada.say_json(message("2", "where were we?")).await;
    assert_eq!(evelyn.next_json().await["Content"], "where were we?");
}

#[tokio::test]
async fn a_user_who_is_just_joining_hears_the_event_before_it_is_closed() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join_with(&room, "ada", &[DisconnectUser]).await;
    let [mut row] = <[_; 1]>::try_from(chat.rows("Connections").await).expect("one connection");
    let mut eve = Newcomer::start().await;
    row.insert("endpoint".to_owned(), AttributeValue::S(eve.endpoint()));
    chat.write_connection(&row, "eve", "Coming00000AAAA=", milliseconds_since_epoch()).await;

    ada.say_json(json!({ "Action": "DISCONNECT_USER", "RequestId": "1", "UserId": "eve" })).await;

    assert_eq!(ada.next_json().await["EventName"], "aws:DISCONNECT_USER");
    assert_eq!([eve.next().await, eve.next().await, eve.next().await], ["too early", "post", "close"]);
}

#[tokio::test]
async fn moderators_need_their_capabilities() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let table = [
        (json!({ "Action": "DELETE_MESSAGE", "RequestId": "1", "Id": "VgNkEJgOVX9N" }), 403),
        (json!({ "Action": "DISCONNECT_USER", "RequestId": "1", "UserId": "ada" }), 403),
        (json!({ "Action": "DELETE_MESSAGE", "RequestId": "1", "Id": "no" }), 400),
        (json!({ "Action": "DISCONNECT_USER", "RequestId": "1", "UserId": "u", "Reason": "r".repeat(257) }), 400),
    ];
    for (frame, code) in table {
        ada.say_json(frame.clone()).await;
        let refusal = ada.next_json().await;
        assert_eq!(json!([refusal["ErrorCode"], refusal["RequestId"]]), json!([code, "1"]), "for {frame}");
    }
}

#[tokio::test]
async fn a_room_takes_so_many_messages_a_second() {
    let chat = Chat::start().await;
    let room = chat.control.create_room().maximum_message_rate_per_second(1).send().await.expect("a room is made");
    let room = room.arn.expect("a room has an ARN");
    let mut ada = chat.join(&room, "ada").await;

    let room_id = room.rsplit('/').next().unwrap_or_default();

    ada.say_json(message("1", "first")).await;
    assert_eq!(ada.next_json().await["Content"], "first");
    chat.count_ahead(room_id, "m", 1).await;
    ada.say_json(message("2", "second")).await;

    let refusal = ada.next_json().await;
    assert_eq!(json!([refusal["ErrorCode"], refusal["RequestId"]]), json!([429, "2"]));
    assert_eq!(refusal["ErrorMessage"], "rate limit exceeded");
}
