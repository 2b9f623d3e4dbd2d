//! Schedules invoke functions.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use local_core::events::Reporter;
use local_lambda::LambdaClient;
use local_lambda::schedule;
use local_sam::Schedule;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Door, PATIENCE, Stack, start};

fn once_soon(input: Option<Value>) -> Schedule {
    let soon = (Timestamp::now() + Duration::from_secs(2)).to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S");
    Schedule {
        name: "soon".to_owned(),
        function: "scripted:live".into(),
        expression: format!("at({soon})"),
        input,
        is_scheduler: true,
    }
}

async fn event_of(stack: &Stack, witness: &Door, schedule: Schedule) -> Value {
    schedule::check(std::slice::from_ref(&schedule)).unwrap();
    let running = tokio::spawn(schedule::run(
        vec![schedule],
        LambdaClient::new(&stack.url),
        Reporter::default(),
        stack.shutdown.clone(),
    ));
    let event = witness.event().await;
    timeout(PATIENCE, running).await.unwrap().unwrap();
    event
}

#[tokio::test]
async fn a_function_is_invoked_when_the_time_has_come() {
    let witness = Door::open().await;
    let stack = start(|function| drop(function.environment.insert("WITNESS".into(), witness.address()))).await;

    let given = event_of(&stack, &witness, once_soon(Some(json!({ "do": "answer" })))).await;
    let made = event_of(&stack, &witness, once_soon(None)).await;

    let arn = "arn:aws:lambda:us-east-1:123456789012:function:scripted:live";
    assert_eq!(given, json!({ "requestId": given["requestId"], "functionArn": arn, "do": "answer" }));
    assert_eq!(made["source"], "aws.scheduler");
    assert_eq!(made["detail-type"], "Scheduled Event");
    assert_eq!(made["resources"], json!(["arn:aws:scheduler:us-east-1:123456789012:schedule/default/soon"]));
    stack.stop().await;
}

#[test]
fn an_invalid_expression_is_told_before_the_start() {
    let schedule = Schedule { expression: "rate(5 seconds)".to_owned(), ..once_soon(None) };

    let failure = schedule::check(&[schedule]).unwrap_err().to_string();

    assert!(failure.starts_with("schedule `soon` has the invalid expression `rate(5 seconds)`"), "{failure}");
}
