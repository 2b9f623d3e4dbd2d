//! What a client sees of a failure, and what comes after it.

use serde_json::{Value, json};

use crate::harness::{Chat, Proxy, Stack, message};

const MISBEHAVE: &str = "tests/misbehave/template.yaml";

#[tokio::test]
async fn a_failure_a_panic_a_crash_and_a_timeout_are_survived() {
    let stack = Stack::start(MISBEHAVE).await;
    let mut client = stack.connect(&[]).await.expect("there is no `$connect` to refuse it");
    let causes = [
        ("fail", ["`MisbehaveFunction` failed: ", "been told to fail"]),
        ("panic", ["`MisbehaveFunction` failed: ", "told to panic"]),
        ("exit", ["`MisbehaveFunction` failed: Runtime.ExitError: ", "exit status 7"]),
        ("hang", ["`MisbehaveFunction` failed: Sandbox.Timedout: ", "timed out after 3.00 seconds"]),
    ];
    for (told, words) in causes {
        client.say(told).await;

        assert_eq!(client.next_json().await["message"], "Internal server error", "after `{told}`");
        stack.wait_for_log(|line| words.iter().all(|word| line.contains(word))).await;

        client.say("still there?").await;
        assert_eq!(client.next_text().await, "still there?", "after `{told}`");
    }
}

#[tokio::test]
async fn a_database_that_fails_is_an_error_for_the_sender_until_it_is_back() {
    let database = Stack::start("template.yaml").await;
    let proxy = Proxy::start(database.dynamodb_url()).await;
    let chat = Chat::on(Stack::start_with("template.yaml", &["--dynamodb", &proxy.url()]).await);
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;

    proxy.refuse();
    ada.say_json(message("1", "hello?")).await;
    assert_failed(&ada.next_json().await, "1");

    proxy.hold();
    ada.say_json(message("2", "hello??")).await;
    assert_failed(&ada.next_json().await, "2");

    proxy.pass();
    ada.say_json(message("3", "hello!")).await;
    assert_eq!(ada.next_json().await["Content"], "hello!");
}

fn assert_failed(frame: &Value, request_id: &str) {
    let expected = json!(["ERROR", 500, request_id, "Internal server error"]);
    let got = json!([frame["Type"], frame["ErrorCode"], frame["RequestId"], frame["ErrorMessage"]]);
    assert_eq!(got, expected);
}
