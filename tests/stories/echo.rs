//! The smallest whole backend: the toolkit alone.

use crate::harness::Stack;

const TEMPLATE: &str = "examples/echo/template.yaml";

#[tokio::test]
async fn a_frame_comes_back() {
    let stack = Stack::start(TEMPLATE).await;
    let mut client = stack.connect(&[]).await.expect("everybody is let in");

    client.say("hello").await;

    assert_eq!(client.next_text().await, "hello");
}

#[tokio::test]
async fn a_frame_of_a_two_way_route_comes_back_as_the_body_of_the_response() {
    let stack = Stack::start(TEMPLATE).await;
    let mut client = stack.connect(&[]).await.expect("everybody is let in");

    client.say(r#"{"action":"echo","text":"hello"}"#).await;

    assert_eq!(client.next_text().await, r#"{"action":"echo","text":"hello"}"#);
    let log = stack.parlor().log();
    assert!(!log.contains("@connections"), "no call of the management API is needed:\n{log}");
}

#[tokio::test]
async fn the_connection_is_remembered_and_forgotten() {
    let stack = Stack::start(TEMPLATE).await;
    let client = stack.connect(&[]).await.expect("everybody is let in");
    let rows = || async {
        let scan = stack.dynamodb().scan().table_name("Connections").consistent_read(true).send().await;
        scan.expect("the table can be scanned").count()
    };
    assert_eq!(rows().await, 1);

    client.leave().await;

    stack.wait_for_log(|line| line.contains("[EchoDisconnectFunction] REPORT")).await;
    assert_eq!(rows().await, 0);
}

#[tokio::test]
async fn a_client_learns_its_address_and_is_sent_away() {
    let stack = Stack::start(TEMPLATE).await;
    let mut client = stack.connect(&[]).await.expect("everybody is let in");

    client.say("who am i").await;
    assert_eq!(client.next_text().await, "127.0.0.1");
    client.say("bye").await;

    assert_eq!(client.closes_with().await, 1000);
}

#[tokio::test]
async fn everybody_hears_what_is_for_all() {
    let stack = Stack::start(TEMPLATE).await;
    let mut one = stack.connect(&[]).await.expect("everybody is let in");
    let mut other = stack.connect(&[]).await.expect("everybody is let in");

    one.say("all together now").await;

    assert_eq!(other.next_text().await, "all together now");
    assert_eq!(one.next_text().await, "all together now");
}

#[tokio::test]
async fn clients_do_not_hear_each_other() {
    let stack = Stack::start(TEMPLATE).await;
    let mut one = stack.connect(&[]).await.expect("everybody is let in");
    let mut other = stack.connect(&[]).await.expect("everybody is let in");

    one.say("one").await;
    assert_eq!(one.next_text().await, "one");
    other.say("other").await;

    assert_eq!(other.next_text().await, "other");
}

#[tokio::test]
async fn a_stack_by_another_name_answers_under_it() {
    let stack = Stack::start_with(TEMPLATE, &["--bind", "0.0.0.0", "--advertise", "localhost"]).await;
    assert!(stack.web_socket_url().starts_with("ws://localhost:"), "{}", stack.addresses());
    let mut client = stack.connect(&[]).await.expect("everybody is let in");

    client.say("by any other name").await;

    assert_eq!(client.next_text().await, "by any other name");
    stack.wait_for_log(|line| line.starts_with("warning: everybody who reaches `localhost`")).await;
}
