//! What the rounds of the keepalive do for connections that are quiet, old, over or dead.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::harness::{Chat, Stack, message};

const MINUTE: Duration = Duration::from_secs(60);

fn keeps_alive(frame: &Value) -> bool {
    *frame == json!({ "Type": "KEEPALIVE", "Id": "KeepAlive001" })
}

async fn chat_with_faults(faults: &str) -> Chat {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("faults.yaml");
    std::fs::write(&file, format!("seed: 1\nfaults: {faults}")).unwrap();
    let stack = Stack::start_with("template.yaml", &["--faults", file.to_str().unwrap()]).await;
    Chat::on(stack.keeping(directory))
}

#[tokio::test]
async fn a_quiet_connection_stays_open_and_one_that_no_round_visits_does_not() {
    let chat = Chat::on(Stack::start_with("template.yaml", &["--idle-timeout", "4s"]).await);
    let room = chat.room().await;
    let forgotten = chat.join(&room, "ben").await;
    chat.forget_all_connections().await;
    let mut ada = chat.join(&room, "ada").await;

    let rounds = async {
        loop {
            chat.keep_up().await;
        }
    };
    let code = tokio::select! {
        () = rounds => 0,
        code = forgotten.closes_with() => code,
    };

    assert_eq!(code, 1001);
    assert!(keeps_alive(&ada.next_frame().await));
    ada.say_json(message("1", "still here")).await;
    assert_eq!(ada.next_json().await["Content"], "still here");
}

#[tokio::test]
async fn an_old_connection_is_asked_to_renew_itself_and_stays_open_until_it_does() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;

    chat.age_connections(89 * MINUTE).await;
    chat.keep_up().await;
    assert!(keeps_alive(&ada.next_frame().await), "there is time");

    chat.age_connections(21 * MINUTE).await;
    chat.keep_up().await;
    let frame = ada.next_json().await;
    let expected = json!({ "RequestId": "", "ErrorCode": 401, "ErrorMessage": "Session has expired" });
    assert_eq!((&frame["Type"], frame["Id"].as_str().map(str::len)), (&json!("ERROR"), Some(12)));
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(frame[name], *value, "{frame}");
    }

    ada.say_json(message("1", "one more thing")).await;
    assert_eq!(ada.next_json().await["Content"], "one more thing");
    assert_eq!(chat.rows("Connections").await.len(), 1);
}

#[tokio::test]
async fn a_connection_whose_session_is_over_is_told_closed_and_forgotten() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    chat.age_connections(61 * MINUTE).await;
    chat.end_sessions_earlier(61 * MINUTE).await;
    let mut ben = chat.join(&room, "ben").await;

    chat.keep_up().await;

    assert_eq!(ada.next_json().await["ErrorCode"], 401);
    assert_eq!(ada.closes_with().await, 1000);
    assert!(keeps_alive(&ben.next_frame().await));
    assert_eq!(chat.rows("Connections").await.len(), 1, "ben's is left");
}

#[tokio::test]
async fn sessions_that_end_together_are_all_closed_by_one_round() {
    let chat = Chat::start().await;
    let room = chat.room().await;
    let mut people = Vec::new();
    for number in 0..30 {
        people.push(chat.join(&room, &format!("user-{number}")).await);
    }
    chat.age_connections(61 * MINUTE).await;
    chat.end_sessions_earlier(61 * MINUTE).await;

    chat.keep_up().await;

    for mut person in people {
        assert_eq!(person.next_json().await["ErrorCode"], 401);
        assert_eq!(person.closes_with().await, 1000);
    }
    assert!(chat.rows("Connections").await.is_empty());
}

#[tokio::test]
async fn who_left_without_a_disconnect_is_forgotten_as_soon_as_no_handshake_can_be_going_on() {
    let chat = chat_with_faults("[{ fault: lose-disconnect }]").await;
    let room = chat.room().await;
    chat.join(&room, "ada").await.leave().await;
    let mut ben = chat.join(&room, "ben").await;

    chat.keep_up().await;
    assert_eq!(chat.rows("Connections").await.len(), 2, "a row is older than its connection");

    chat.age_connections(MINUTE).await;
    chat.keep_up().await;
    assert_eq!(chat.rows("Connections").await.len(), 1);
    ben.say_json(message("1", "only me?")).await;
    assert_eq!(ben.next_json().await["Content"], "only me?");
}

#[tokio::test]
async fn who_does_not_take_the_news_that_the_session_is_over_is_closed_all_the_same() {
    let chat = chat_with_faults("[{ fault: answer-post, status: 503 }]").await;
    let room = chat.room().await;
    let ada = chat.join(&room, "ada").await;
    chat.age_connections(61 * MINUTE).await;
    chat.end_sessions_earlier(61 * MINUTE).await;

    assert!(!chat.stack.invoke("KeepaliveFunction").await, "a round in which every visit failed has failed");

    assert_eq!(ada.closes_with().await, 1000);
}

#[tokio::test]
async fn a_round_survives_a_bad_moment_of_the_database_and_a_row_that_nobody_can_read() {
    let chat = chat_with_faults("[{ fault: fail-dynamodb, operations: [Scan], after: 3, at_most: 9 }]").await;
    let (here, there) = (chat.room().await, chat.room().await);
    let mut ada = chat.join(&here, "ada").await;
    let mut row = chat.rows("Connections").await.remove(0);
    let mut ben = chat.join(&there, "ben").await;
    row.insert("member".to_owned(), AttributeValue::S("nobody".to_owned()));
    let put = chat.stack.dynamodb().put_item().table_name("Connections").set_item(Some(row)).send().await;
    put.expect("a row can be written");

    assert!(!chat.stack.invoke("KeepaliveFunction").await, "a round that could not read everything has failed");
    chat.keep_up().await;

    assert!(keeps_alive(&ada.next_frame().await) && keeps_alive(&ben.next_frame().await));
    let line = chat.stack.wait_for_log(|line| line.contains("\"Kept\"")).await;
    let figures: Value = serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap();
    assert_eq!((&figures["Kept"], &figures["Failed"]), (&json!(2), &json!(0)), "of a whole round only: {figures}");
}

#[tokio::test]
async fn without_a_rate_there_are_no_rounds() {
    let stack = Stack::start_with("template.yaml", &["--parameter-overrides", "KeepaliveMinutes=0"]).await;

    assert!(!stack.invoke("KeepaliveFunction").await);
    let (_code, log) = stack.stop().await;
    assert!(log.contains("`KeepaliveFunction` was invoked, but the template's functions are"), "{log}");
}
