//! Who hears what.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_ivschat::types::ChatTokenCapability;
use serde_json::{Value, json};

use crate::harness::{Chat, Client, SlowRecipient, message, milliseconds_since_epoch};

#[tokio::test]
async fn everybody_in_a_room_of_three_hears_the_same_message() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.control.create_chat_token().room_identifier(&room).user_id("ada");
    let token = token.capabilities(ChatTokenCapability::SendMessage).attributes("username", "Ada").send().await;
    let token = token.expect("a token is made").token.expect("a token has a secret");
    let mut ada = chat.stack.connect(&[&token]).await.expect("a fresh token opens a connection");
    let mut ben = chat.join(&room, "ben").await;
    let mut eve = chat.join(&room, "eve").await;

    let words =
        json!({ "Action": "SEND_MESSAGE", "RequestId": "r-1", "Content": "hello 🦀", "Attributes": { "k": "v" } });
    ada.say_json(words).await;

    let heard = ada.next_json().await;
    assert_eq!(heard["Type"], "MESSAGE");
    assert_eq!(heard["RequestId"], "r-1");
    assert_eq!(heard["Content"], "hello 🦀");
    assert_eq!(heard["Attributes"], json!({ "k": "v" }));
    assert_eq!(heard["Sender"], json!({ "UserId": "ada", "Attributes": { "username": "Ada" } }));
    assert_eq!(heard["Id"].as_str().map(str::len), Some(12));
    assert_eq!(ben.next_json().await, heard);
    assert_eq!(eve.next_json().await, heard);
}

#[tokio::test]
async fn rooms_do_not_hear_each_other() {
    let chat = Chat::start().await;
    let (red, blue) = (chat.room().await, chat.room().await);
    let mut ada = chat.join(&red, "ada").await;
    let mut ben = chat.join(&blue, "ben").await;

    ada.say_json(message("1", "red")).await;
    assert_eq!(ada.next_json().await["Content"], "red");
    ben.say_json(message("2", "blue")).await;

    assert_eq!(ben.next_json().await["Content"], "blue", "the first that ben hears is his own");
}

#[tokio::test]
async fn a_frame_that_is_wrong_is_refused_with_its_request_id_and_the_connection_stays() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let long = "é".repeat(501);
    let table = [
        ("hello".to_owned(), 400, ""),
        ("[1]".to_owned(), 400, ""),
        ("".to_owned(), 400, ""),
        (json!({ "RequestId": "a" }).to_string(), 400, "a"),
        (json!({ "RequestId": "b", "Action": "DANCE" }).to_string(), 400, "b"),
        (json!({ "RequestId": "c", "Action": ["SEND_MESSAGE"] }).to_string(), 400, "c"),
        (json!({ "RequestId": "d", "Action": "SEND_MESSAGE" }).to_string(), 400, "d"),
        (json!({ "RequestId": "e", "Action": "SEND_MESSAGE", "Content": 5 }).to_string(), 400, "e"),
        (message("f", &long).to_string(), 400, "f"),
        (
            json!({ "RequestId": "g", "Action": "SEND_MESSAGE", "Content": "x", "Attributes": { "k": "v".repeat(1024) } })
                .to_string(),
            413,
            "g",
        ),
    ];
    for (frame, code, request_id) in table {
        ada.say(&frame).await;
        refused(&mut ada, code, request_id).await;
    }

    ada.say_json(message("z", &"é".repeat(500))).await;
    assert_eq!(ada.next_json().await["RequestId"], "z", "500 code points are not too many");
}

#[tokio::test]
async fn an_action_without_its_capability_is_refused() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let mut mute = chat.join_with(&room, "mute", &[ChatTokenCapability::DeleteMessage]).await;

    mute.say_json(message("1", "psst")).await;
    refused(&mut mute, 403, "1").await;

    ada.say_json(message("2", "hello")).await;
    assert_eq!(mute.next_json().await["Content"], "hello", "who may not speak may still hear");
    assert_eq!(ada.next_json().await["Content"], "hello", "nobody heard what was refused");
}

#[tokio::test]
async fn a_session_past_its_end_is_told_to_come_back() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", crate::harness::MAY_SPEAK).await;
    let [mut row] = <[_; 1]>::try_from(chat.rows("Tokens").await).expect("one token");
    row.insert("sessionEndsAt".to_owned(), AttributeValue::N("1700000000".to_owned()));
    let put = chat.stack.dynamodb().put_item().table_name("Tokens").set_item(Some(row)).send().await;
    put.expect("the token can be changed");
    let mut ada = chat.stack.connect(&[&token]).await.expect("the token itself is still good");
    let mut ben = chat.join(&room, "ben").await;

    ada.say_json(message("1", "am I late?")).await;

    let refusal = refused(&mut ada, 401, "1").await;
    assert!(refusal["ErrorMessage"].as_str().is_some_and(|text| text.contains("expired")), "{refusal}");
    ben.say_json(message("2", "quiet here")).await;
    assert_eq!(ben.next_json().await["Content"], "quiet here");
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten_and_one_that_is_coming_is_not() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let mut ben = chat.join(&room, "ben").await;
    let [row, _] = <[_; 2]>::try_from(chat.rows("Connections").await).expect("two connections");
    // API Gateway answers 410 for both: one left an hour ago without a word, the other's handshake is not done yet.
    for (connection, seconds_ago) in [("Gone0000000AAAA=", 3_600), ("Coming00000AAAA=", 1)] {
        let connected_at = milliseconds_since_epoch() - seconds_ago * 1_000;
        chat.write_connection(&row, "ghost", connection, connected_at).await;
    }

    ada.say_json(message("1", "anybody?")).await;

    assert_eq!(ben.next_json().await["Content"], "anybody?");
    assert_eq!(ada.next_json().await["Content"], "anybody?", "the sender notices nothing");
    chat.stack.wait_for_log(|line| line.contains("[DefaultFunction] REPORT")).await;
    let left: Vec<_> =
        chat.rows("Connections").await.iter().filter_map(|row| row["member"].as_s().ok().cloned()).collect();
    assert!(left.contains(&"5:ghost:Coming00000AAAA=".to_owned()), "{left:?}");
    assert!(!left.contains(&"5:ghost:Gone0000000AAAA=".to_owned()), "{left:?}");
    assert_eq!(left.len(), 3);
}

#[tokio::test]
async fn who_has_just_renewed_a_connection_hears_it_on_the_new_one() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let mut ben = chat.join(&room, "ben").await;
    // The page that is read names ben's last connection and not the one that he has opened since: its row comes in when the
    // last one answers that it is gone.
    let rows = chat.rows("Connections").await;
    let is_bens = |row: &&crate::harness::Row| row["member"].as_s().is_ok_and(|member| member.contains(":ben:"));
    let next = rows.iter().find(is_bens).expect("ben's connection").clone();
    let delete = chat.stack.dynamodb().delete_item().table_name("Connections");
    let delete = delete.key("group", next["group"].clone()).key("member", next["member"].clone());
    delete.send().await.expect("a row can be deleted");
    let mut last = next.clone();
    let mut leaving = SlowRecipient::start().await;
    last.insert("endpoint".to_owned(), AttributeValue::S(leaving.endpoint()));
    chat.write_connection(&last, "ben", "Last0000000AAAA=", milliseconds_since_epoch()).await;

    ada.say_json(message("1", "did you hear?")).await;
    leaving.is_posted_to().await;
    let put = chat.stack.dynamodb().put_item().table_name("Connections").set_item(Some(next)).send().await;
    put.expect("a row can be written");
    leaving.is_gone();

    assert_eq!(ben.next_json().await["Content"], "did you hear?");
    assert_eq!(ada.next_json().await["Content"], "did you hear?");
}

#[tokio::test]
async fn a_room_of_several_pages_is_walked_to_its_end() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let mut zoe = chat.join(&room, "zoe").await;
    let [row, _] = <[_; 2]>::try_from(chat.rows("Connections").await).expect("two connections");
    let long_ago = milliseconds_since_epoch() - 3_600_000;
    for number in 0..250 {
        chat.write_connection(&row, "leo", &format!("Gone{number:07}AAAA="), long_ago).await;
    }

    ada.say_json(message("1", "anybody?")).await;

    assert_eq!(zoe.next_json().await["Content"], "anybody?", "zoe stands on the last page");
    assert_eq!(ada.next_json().await["Content"], "anybody?");
    for function in ["[DefaultFunction] REPORT", "[FanoutFunction] REPORT"] {
        chat.stack.wait_for_log(|line| line.contains(function)).await;
    }
    assert_eq!(chat.rows("Connections").await.len(), 2, "all that were gone are forgotten");
}

#[tokio::test]
async fn the_sender_hears_itself_only_when_everybody_else_has_the_message() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let [mut row] = <[_; 1]>::try_from(chat.rows("Connections").await).expect("one connection");
    let mut slow = SlowRecipient::start().await;
    row.insert("endpoint".to_owned(), AttributeValue::S(slow.endpoint()));
    chat.write_connection(&row, "zoe", "Slow0000000AAAA=", milliseconds_since_epoch()).await;

    ada.say_json(message("1", "take your time")).await;
    slow.is_posted_to().await;

    assert!(ada.has_heard_nothing(), "the frame for zoe is still on its way");
    slow.takes_the_frame();
    assert_eq!(ada.next_json().await["Content"], "take your time");
}

#[tokio::test]
async fn a_room_that_is_deleted_under_its_members_is_a_refusal() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let id = room.rsplit('/').next().unwrap_or_default();
    let delete = chat.stack.dynamodb().delete_item().table_name("Rooms");
    let delete = delete.key("roomId", AttributeValue::S(id.to_owned()));
    delete.key("item", AttributeValue::S("room".to_owned())).send().await.expect("the room can be deleted");

    ada.say_json(message("1", "hello?")).await;

    refused(&mut ada, 404, "1").await;
}

async fn refused(client: &mut Client, code: u16, request_id: &str) -> Value {
    let frame = client.next_json().await;
    assert_eq!(frame["Type"], "ERROR", "{frame}");
    assert_eq!(frame["ErrorCode"], code, "{frame}");
    assert_eq!(frame["RequestId"], request_id, "{frame}");
    assert_eq!(frame["Id"].as_str().map(str::len), Some(12), "{frame}");
    frame
}
