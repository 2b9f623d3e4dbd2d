//! Events that were recorded are fixtures: what a function got once, it can get again.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Stack, within_patience};

const TEMPLATE: &str = "examples/echo/template.yaml";

#[tokio::test]
async fn recorded_events_can_be_replayed() {
    let directory = tempfile::tempdir().unwrap();
    let recording = ["--record", directory.path().to_str().unwrap()];
    let stack = Stack::start_with(TEMPLATE, &recording).await;
    let mut client = stack.connect(&[]).await.expect("everybody is let in");
    client.say("say it again").await;
    assert_eq!(client.next_text().await, "say it again");
    client.leave().await;
    stack.wait_for_log(|line| line.contains("[EchoDisconnectFunction] REPORT")).await;
    let port = reqwest::Url::parse(stack.web_socket_url()).unwrap().port().unwrap().to_string();
    stack.stop().await;

    // An event names the gateway to answer at, by its port.
    let another = Stack::start_with(TEMPLATE, &["--websocket-port", &port]).await;
    let mut replayed = Vec::new();
    for (function, file) in recorded(directory.path()) {
        let event = std::fs::read_to_string(&file).unwrap();
        let url = format!("{}/2015-03-31/functions/{function}/invocations", another.lambda_url());
        let call = reqwest::Client::builder().no_proxy().build().unwrap().post(url).body(event).send();
        let answer = within_patience("a replay", call).await.unwrap();
        assert!(
            answer.headers().get("x-amz-function-error").is_none(),
            "{}: {}",
            file.display(),
            another.parlor().log()
        );
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["statusCode"], 200, "{}", file.display());
        replayed.push(file.file_name().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(replayed, ["0001-connect.json", "0002-default.json", "0003-disconnect.json"]);
}

/// The recorded files in the order of their numbers, with the functions that got them.
fn recorded(directory: &Path) -> Vec<(String, PathBuf)> {
    let entries = |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries(directory)
        .flat_map(|function| {
            let name = function.file_name().unwrap().to_str().unwrap().to_owned();
            entries(&function).map(|file| (name.clone(), file)).collect::<Vec<_>>()
        })
        .collect();
    files.sort_by_key(|(_, file)| file.file_name().map(ToOwned::to_owned));
    files
}
