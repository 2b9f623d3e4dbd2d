//! Bad days by a plan, and what Lambda itself puts an end to.

use serde_json::{Value, json};

use crate::harness::{Chat, MAY_SPEAK, Parlor, Stack, connect, fault_plan, within_patience};

const ECHO: &str = "examples/echo/template.yaml";
const RECURSE: &str = "tests/recurse/template.yaml";

#[tokio::test]
async fn a_bad_day_is_told_fault_by_fault() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "fail-dynamodb", "operations": ["PutItem"], "tables": ["Connections"], "at_most": 1 },
        { "fault": "kill-function", "functions": ["EchoDefaultFunction"], "at_most": 1 },
        { "fault": "answer-post", "status": 410, "connections": { "query": { "name": "ada" } }, "at_most": 1 },
        { "fault": "lose-disconnect", "at_most": 1 },
    ]));
    let stack = Stack::start_with(ECHO, &["--faults", &file, "--log", "json"]).await;
    let fault = async |number: u64| -> Value {
        let is_wanted =
            |line: &str| object(line).is_some_and(|line| line["kind"] == "fault" && line["number"] == number);
        object(&stack.wait_for_log(is_wanted).await).unwrap()
    };

    // The SDK writes once more.
    let mut unlucky = stack.connect(&[]).await.expect("everybody is let in");
    assert_eq!(fault(1).await["hit"], "PutItem Connections");

    unlucky.say("into the void").await;
    let mut heard = unlucky.next_text().await;
    if heard == "into the void" {
        heard = unlucky.next_text().await;
    }
    assert_eq!(object(&heard).unwrap()["message"], "Internal server error", "killed, perhaps after its post");
    assert!(fault(2).await["hit"].as_str().unwrap().starts_with("EchoDefaultFunction "));

    let mut client = connect(&format!("{}?name=ada", stack.web_socket_url()), &[]).await.expect("everybody is let in");
    client.say("gone, it seems").await;
    let gone = fault(3).await;
    assert_eq!((&gone["fault"], &gone["effect"], &gone["times"]), (&json!("answer-post"), &json!("410"), &json!(1)));

    client.say("still there?").await;
    assert_eq!(client.next_text().await, "still there?");

    client.leave().await;
    assert_eq!(fault(4).await["hit"], gone["hit"]);
    let scan = stack.dynamodb().scan().table_name("Connections").consistent_read(true).send().await;
    assert_eq!(scan.expect("the table can be scanned").count(), 2, "nobody has forgotten the connection");
}

fn object(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok()
}

#[tokio::test]
async fn a_throttled_function_fails_one_message() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "throttle-function", "functions": ["EchoDefaultFunction"], "at_most": 1 },
    ]));
    let stack = Stack::start_with(ECHO, &["--faults", &file]).await;
    let mut client = stack.connect(&[]).await.expect("another function handles the handshake");

    client.say("rejected").await;
    assert_eq!(client.next_json().await["message"], "Internal server error");
    client.say("accepted").await;
    assert_eq!(client.next_text().await, "accepted");

    let log = stack.parlor().log();
    assert!(log.contains("throttle-function → EchoDefaultFunction ") && log.contains("429 Too Many Requests"), "{log}");
}

#[tokio::test]
async fn a_write_whose_response_is_lost_is_sent_again() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "fail-dynamodb", "done": true, "operations": ["PutItem"], "at_most": 1 },
    ]));
    let stack = Stack::start_with(ECHO, &["--faults", &file]).await;

    let _client = stack.connect(&[]).await.expect("the SDK sends the write again");

    stack.wait_for_log(|line| line.contains("fail-dynamodb InternalServerError (done) → PutItem Connections")).await;
    let scan = stack.dynamodb().scan().table_name("Connections").consistent_read(true).send().await;
    assert_eq!(scan.expect("the table can be scanned").count(), 1);
}

#[tokio::test]
async fn transactions_that_meet_are_repeated() {
    let (_directory, file) = fault_plan(&json!([
        { "fault": "cancel-transaction", "tables": ["Rooms"], "at_most": 3 },
        { "fault": "cancel-transaction", "tables": ["Tokens"], "at_most": 2 },
    ]));
    let chat = Chat::on(Stack::start_with("template.yaml", &["--faults", &file]).await);

    let room = chat.room().await;
    let _ada = chat.join(&room, "ada").await;

    let log = chat.stack.parlor().log();
    let cancelled = log.lines().filter(|line| line.contains("cancel-transaction")).count();
    assert_eq!(cancelled, 5, "{log}");
}

#[tokio::test]
async fn an_event_over_http_reaches_who_could_not_be_reached_at_first() {
    let bens = json!({ "query": { "name": "ben" } });
    // The SDK tries three times at once, and so do the two attempts after it.
    let (_directory, file) = fault_plan(&json!([
        { "fault": "answer-post", "status": 503, "connections": bens, "at_most": 7 },
    ]));
    let chat = Chat::on(Stack::start_with("template.yaml", &["--faults", &file]).await);
    let room = chat.room().await;
    let token = chat.token(&room, "ben", MAY_SPEAK).await;
    let url = format!("{}?name=ben", chat.stack.web_socket_url());
    let mut ben = connect(&url, &[&token]).await.expect("a fresh token opens a connection");

    let sent = chat.control.send_event().room_identifier(&room).event_name("news").send().await;

    let sent = sent.expect("an event is sent");
    assert_eq!(ben.next_json().await["Id"].as_str(), sent.id());
}

#[tokio::test]
async fn a_plan_for_what_is_not_there_ends_the_start() {
    for (fault, message, hint) in [
        (
            json!({ "fault": "kill-function", "functions": ["Nobody"] }),
            "fault 1 of the plan names no function of the template: `Nobody`",
            "`EchoConnectFunction`, `EchoDefaultFunction`, `EchoDisconnectFunction`",
        ),
        (
            json!({ "fault": "answer-post", "status": 410, "rate": 2 }),
            "fault 1 of the plan is not understood: `rate` is 2, and not between 0 and 1",
            "`rate`, `after`, `at_most`",
        ),
    ] {
        let (_directory, file) = fault_plan(&json!([fault]));

        let (code, log) = Parlor::start(&["--template", ECHO, "--faults", &file]).exits().await;

        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(message) && log.contains(hint), "{log}");
    }
}

#[tokio::test]
async fn a_function_that_invokes_itself_is_stopped_after_sixteen_times() {
    let stack = Stack::start(RECURSE).await;
    let url = format!("{}/2015-03-31/functions/RecurseFunction:live/invocations", stack.lambda_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    let first = client.post(url).header("X-Amz-Invocation-Type", "Event").body("1").send();
    assert_eq!(within_patience("the first invocation", first).await.unwrap().status(), 202);

    let last = stack.wait_for_log(|line| line.contains("link 16")).await;
    assert!(last.ends_with(":function:RecurseFunction:live"), "the alias is kept from link to link: {last}");
    let line = stack.wait_for_log(|line| line.contains("dropped event")).await;
    assert!(line.contains("16 times") && line.contains("dead-letter queue"), "{line}");
    assert!(!stack.parlor().log().contains("link 17"), "{}", stack.parlor().log());
}
