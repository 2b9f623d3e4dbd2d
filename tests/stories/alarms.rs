//! The alarms of the template: on a bad day, the figure that each of them watches moves. CloudWatch makes the figures on AWS;
//! here they are read from the stack's log.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Chat, MAY_SPEAK, Stack, connect, fault_plan, message, workspace};

/// The alarms that the stories of this file try.
const TRIED: [&str; 8] = [
    "ControlFailed",
    "FanoutDropped",
    "FanoutLost",
    "FramesFailed",
    "FunctionsFailed",
    "FunctionsThrottled",
    "KeepaliveMissed",
    "SocketsFailed",
];

#[test]
fn every_alarm_of_the_template_is_tried() {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).unwrap();
    let lines: Vec<_> = template.lines().collect();
    let alarms = lines.windows(2).filter(|pair| pair[1].trim() == "Type: AWS::CloudWatch::Alarm");
    let alarms: BTreeSet<_> = alarms.map(|pair| pair[0].trim().trim_end_matches(':')).collect();
    assert_eq!(alarms, BTreeSet::from(TRIED));
}

#[tokio::test]
async fn frames_failed() {
    let chat = chat_with(json!([{ "fault": "fail-dynamodb", "operations": ["Query"], "after": 1 }])).await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    ada.say_json(message("1", "hello")).await;
    assert_eq!(ada.next_json().await["Type"], "MESSAGE");
    assert_eq!(metric(&chat, "DefaultFunction", "FramesFailed"), None);

    ada.say_json(message("2", "hello")).await;

    assert_eq!(ada.next_json().await["ErrorCode"], 500);
    is_logged(&chat, |line| metric_of(line, "DefaultFunction", "FramesFailed") == Some(1)).await;
    assert_eq!(errors(&chat, "DefaultFunction"), 0, "to Lambda it is a success");
}

#[tokio::test]
async fn functions_failed_and_sockets_failed() {
    let chat = chat_with(json!([{ "fault": "kill-function", "functions": ["DefaultFunction"], "after": 1 }])).await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    ada.say_json(message("1", "hello")).await;
    assert_eq!(ada.next_json().await["Type"], "MESSAGE");
    assert_eq!((errors(&chat, "DefaultFunction"), integration_errors(&chat)), (0, 0));

    ada.say_json(message("2", "hello")).await;

    is_logged(&chat, is_error_of("DefaultFunction")).await;
    is_logged(&chat, is_integration_error).await;
}

#[tokio::test]
async fn functions_throttled() {
    let faults = json!([{ "fault": "throttle-function", "functions": ["AuthorizerFunction"], "after": 1 }]);
    let chat = chat_with(faults).await;
    let room = chat.room().await;
    let _ada = chat.join(&room, "ada").await;
    let is_throttle = |line: &Value| {
        let problem = line["problem"].as_str().unwrap_or_default();
        problem.contains("`AuthorizerFunction`") && problem.contains("429 Too Many Requests")
    };
    assert!(!lines(&chat).iter().any(is_throttle));

    let token = chat.token(&room, "ben", MAY_SPEAK).await;
    let refused = chat.stack.connect(&[&token]).await;

    assert!(refused.is_err_and(|status| status == 500));
    is_logged(&chat, is_throttle).await;
}

#[tokio::test]
async fn control_failed() {
    let chat = chat_with(json!([{ "fault": "kill-function", "functions": ["ControlFunction"], "after": 1 }])).await;
    let request = json!({ "name": "lobby" }).to_string();
    assert_eq!(chat.post("/CreateRoom", request.clone()).await.status, 200);

    assert_eq!(chat.post("/CreateRoom", request).await.status, 500);
}

#[tokio::test]
async fn fanout_dropped() {
    let chat = chat_with(json!([{ "fault": "answer-post", "status": 503, "connections": bens() }])).await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let _ben = join_as_ben(&chat, &room).await;

    ada.say_json(message("1", "hello")).await;

    assert_eq!(ada.next_json().await["Content"], "hello");
    is_logged(&chat, |line| metric_of(line, "FanoutFunction", "Dropped") == Some(1)).await;
}

#[tokio::test]
async fn fanout_lost() {
    let chat = chat_with(json!([
        { "fault": "answer-post", "status": 503, "connections": bens() },
        { "fault": "kill-function", "functions": ["FanoutFunction"] },
    ]))
    .await;
    let room = chat.room().await;
    let mut ada = chat.join(&room, "ada").await;
    let _ben = join_as_ben(&chat, &room).await;

    ada.say_json(message("1", "hello")).await;

    assert_eq!(ada.next_json().await["Content"], "hello");
    is_logged(&chat, |line| line["source"] == "FanoutFunction" && text(line).starts_with("dropped event")).await;
}

#[tokio::test]
async fn keepalive_missed() {
    let chat = chat_with(json!([{ "fault": "kill-function", "functions": ["KeepaliveFunction"] }])).await;

    assert!(!chat.stack.invoke("KeepaliveFunction").await);

    assert_eq!(metric(&chat, "KeepaliveFunction", "Kept"), None);
    let healthy = chat_with(json!([])).await;
    assert!(healthy.stack.invoke("KeepaliveFunction").await);
    is_logged(&healthy, |line| metric_of(line, "KeepaliveFunction", "Kept") == Some(0)).await;
}

async fn chat_with(faults: Value) -> Chat {
    let (directory, file) = fault_plan(&faults);
    let stack = Stack::start_with("template.yaml", &["--faults", &file, "--log", "json"]).await;
    Chat::on(stack.keeping(directory))
}

fn bens() -> Value {
    json!({ "query": { "name": "ben" } })
}

async fn join_as_ben(chat: &Chat, room: &str) -> crate::harness::Client {
    let token = chat.token(room, "ben", MAY_SPEAK).await;
    connect(&format!("{}?name=ben", chat.stack.web_socket_url()), &[&token]).await.expect("a connection")
}

fn lines(chat: &Chat) -> Vec<Value> {
    chat.stack.parlor().log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

async fn is_logged(chat: &Chat, is_wanted: impl Fn(&Value) -> bool) {
    let is_wanted = |line: &str| serde_json::from_str(line).is_ok_and(|line| is_wanted(&line));
    chat.stack.wait_for_log(is_wanted).await;
}

/// A figure of the embedded metric format.
fn metric_of(line: &Value, function: &str, name: &str) -> Option<u64> {
    let is_of_function = line["kind"] == "line" && line["source"] == function;
    let metrics: Value = serde_json::from_str(text(line)).ok().filter(|_| is_of_function)?;
    let figures = metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array()?;
    figures.iter().any(|figure| figure["Name"] == name).then(|| metrics[name].as_u64()).flatten()
}

fn metric(chat: &Chat, function: &str, name: &str) -> Option<u64> {
    lines(chat).iter().filter_map(|line| metric_of(line, function, name)).reduce(|sum, figure| sum + figure)
}

/// `Errors` of Lambda.
fn errors(chat: &Chat, function: &'static str) -> usize {
    lines(chat).iter().filter(|line| is_error_of(function)(line)).count()
}

fn is_error_of(function: &'static str) -> impl Fn(&Value) -> bool {
    move |line| line["kind"] == "invocation" && line["function"] == function && line["outcome"] != "returned"
}

/// `IntegrationError` of API Gateway.
fn integration_errors(chat: &Chat) -> usize {
    lines(chat).iter().filter(|line| is_integration_error(line)).count()
}

fn is_integration_error(line: &Value) -> bool {
    line["kind"] == "message" && line["problem"].is_string()
}

fn text(line: &Value) -> &str {
    line["text"].as_str().unwrap_or_default()
}
