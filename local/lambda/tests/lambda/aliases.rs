//! Aliases and versions: the ARN that a function is invoked by.

use local_core::invocation::{Functions, Invocation};
use local_lambda::LambdaClient;
use serde_json::{Value, json};

use crate::harness::{Door, PATIENCE, start};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:scripted";

#[tokio::test]
async fn a_function_learns_the_qualifier_that_its_caller_names() {
    let stack = start(|_| {}).await;
    let command = json!({ "do": "answer" }).to_string();
    let mut processes = Vec::new();

    for (name, qualifier, version) in [
        ("scripted", "", "$LATEST"),
        ("Scripted", "", "$LATEST"),
        (ARN, "", "$LATEST"),
        ("scripted%3Alive", ":live", "$LATEST"),
        ("scripted:live", ":live", "$LATEST"),
        ("scripted%3A%24LATEST", ":$LATEST", "$LATEST"),
        ("scripted:7", ":7", "7"),
        (&format!("{ARN}:live"), ":live", "$LATEST"),
    ] {
        let answer = stack.post(name, &[], command.clone()).await;
        assert_eq!(answer.text("functionArn"), format!("{ARN}{qualifier}"), "{name}");
        assert_eq!(answer.header("X-Amz-Executed-Version"), version, "{name}");
        processes.push(answer.body["processId"].clone());
    }

    processes.dedup();
    assert_eq!(processes.len(), 1, "one instance serves every alias");
    stack.stop().await;
}

#[tokio::test]
async fn the_parameter_qualifier_is_an_alias_too() {
    let stack = start(|_| {}).await;
    let (client, command) = (LambdaClient::new(&stack.url), json!({ "do": "answer" }));
    let arn =
        async |client: &LambdaClient, function: &str| match client.invoke(&function.into(), &command, PATIENCE).await {
            Invocation::Returned(answer) => serde_json::from_slice::<Value>(&answer).unwrap()["functionArn"].clone(),
            other => panic!("{other:?}"),
        };

    assert_eq!(arn(&client, "scripted").await, ARN);
    assert_eq!(arn(&client, "scripted:live").await, format!("{ARN}:live"));
    assert_eq!(arn(&client.without_qualifiers(), "scripted:live").await, ARN);
    stack.stop().await;
}

#[tokio::test]
async fn an_event_keeps_its_alias_when_it_is_retried() {
    let witness = Door::open().await;
    let stack = start(|function| {
        function.asynchronous.maximum_retry_attempts = 1;
        function.environment.insert("WITNESS".into(), witness.address());
    })
    .await;
    let event = [("X-Amz-Invocation-Type", "Event")];

    let queued = stack.post("scripted:live", &event, json!({ "do": "fail" }).to_string()).await;

    assert_eq!(queued.status, 202);
    let (first, second) = (witness.event().await, witness.event().await);
    assert_eq!(first["functionArn"], format!("{ARN}:live"));
    assert_eq!(first, second);
    stack.stop().await;
}
