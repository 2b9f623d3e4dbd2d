//! Who is let in, and who is not.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::StatusCode;

use crate::harness::{Chat, MAY_SPEAK, message, within_patience};

#[tokio::test]
async fn a_token_opens_a_connection_and_is_echoed() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", MAY_SPEAK).await;

    let client = chat.stack.connect(&[&token]).await.expect("a fresh token opens a connection");

    assert_eq!(client.subprotocol(), Some(token.as_str()));
    assert_eq!(chat.rows("Connections").await.len(), 1);
    assert!(chat.rows("Tokens").await.is_empty(), "a spent token leaves nothing behind");
}

#[tokio::test]
async fn without_a_token_nobody_is_asked() {
    let chat = Chat::start().await;

    let refusal = chat.stack.connect(&[]).await.err();

    assert_eq!(refusal, Some(StatusCode::UNAUTHORIZED));
    let (_code, log) = chat.stack.stop().await;
    assert!(!log.contains("REPORT RequestId"), "a function was called:\n{log}");
}

#[tokio::test]
async fn an_unknown_token_is_refused() {
    let chat = Chat::start().await;

    let refusal = chat.stack.connect(&["c29tZXRoaW5nLW1hZGUtdXA"]).await.err();

    assert_eq!(refusal, Some(StatusCode::UNAUTHORIZED));
    assert!(chat.rows("Connections").await.is_empty());
}

#[tokio::test]
async fn a_used_token_is_refused() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", MAY_SPEAK).await;
    let mut first = chat.stack.connect(&[&token]).await.expect("a fresh token opens a connection");

    let refusal = chat.stack.connect(&[&token]).await.err();

    assert_eq!(refusal, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(chat.rows("Connections").await.len(), 1);
    first.say_json(message("1", "still here")).await;
    assert_eq!(first.next_json().await["Content"], "still here");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", MAY_SPEAK).await;
    let [mut row] = <[_; 1]>::try_from(chat.rows("Tokens").await).expect("one token");
    row.insert("expiresAt".to_owned(), AttributeValue::N("1700000000".to_owned()));
    let expire = chat.stack.dynamodb().put_item().table_name("Tokens").set_item(Some(row)).send();
    within_patience("expiring the token", expire).await.expect("the token can be changed");

    let refusal = chat.stack.connect(&[&token]).await.err();

    assert_eq!(refusal, Some(StatusCode::UNAUTHORIZED));
    assert!(chat.rows("Connections").await.is_empty());
}

#[tokio::test]
async fn a_token_for_a_room_that_is_gone_is_forbidden() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", MAY_SPEAK).await;
    forget_room(&chat, &room).await;

    let refusal = chat.stack.connect(&[&token]).await.err();

    assert_eq!(refusal, Some(StatusCode::FORBIDDEN));
    assert_eq!(chat.rows("Tokens").await.len(), 1, "a refused handshake burns no token");
}

#[tokio::test]
async fn of_two_handshakes_with_one_token_exactly_one_succeeds() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let token = chat.token(&room, "ada", MAY_SPEAK).await;
    let offer = [token.as_str()];

    let (one, other) = tokio::join!(chat.stack.connect(&offer), chat.stack.connect(&offer));

    let refusals: Vec<_> = [one.as_ref().err(), other.as_ref().err()].into_iter().flatten().collect();
    assert_eq!(refusals, [&StatusCode::UNAUTHORIZED]);
    assert_eq!(chat.rows("Connections").await.len(), 1);
}

#[tokio::test]
async fn leaving_removes_the_row() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let client = chat.join(&room, "ada").await;
    assert_eq!(chat.rows("Connections").await.len(), 1);

    client.leave().await;

    chat.stack.wait_for_log(|line| line.contains("[DisconnectFunction] REPORT")).await;
    assert!(chat.rows("Connections").await.is_empty());
}

async fn forget_room(chat: &Chat, arn: &str) {
    let id = arn.rsplit('/').next().unwrap_or_default();
    let delete = chat.stack.dynamodb().delete_item().table_name("Rooms");
    let delete = delete.key("roomId", AttributeValue::S(id.to_owned()));
    let delete = delete.key("item", AttributeValue::S("room".to_owned())).send();
    within_patience("deleting the room", delete).await.expect("the room can be deleted");
}
