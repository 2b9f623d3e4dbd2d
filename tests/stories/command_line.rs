//! What the local stack prints, and how it ends.

use serde_json::{Value, json};

use crate::harness::{Parlor, Stack, within_patience, write_template};

const TEMPLATE: &str = "tests/stories/templates/small.yaml";

#[tokio::test]
async fn ctrl_c_stops_the_stack_and_leaves_no_process_behind() {
    let stack = Stack::start(TEMPLATE).await;
    let mut client = stack.connect(&[]).await.unwrap();
    client.say_json(json!({ "text": "hello" })).await;
    assert_eq!(client.next_json().await, json!({ "text": "hello" }));
    let children = stack.parlor().children();
    assert!(!children.is_empty(), "a function that has answered is there for the next message");

    let (code, log) = stack.stop().await;

    assert_eq!(code, Some(0), "{log}");
    for child in children {
        assert!(!is_running(child), "process {child} is still there:\n{log}");
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nobody_up() {
    let (parlor, _unread) = Parlor::start_unread(&["--template", TEMPLATE]);
    let stack = Stack::ready(parlor).await;

    let mut client = stack.connect(&[]).await.unwrap();
    for number in 0..20 {
        client.say(&number.to_string()).await;
        assert_eq!(client.next_text().await, number.to_string());
    }

    assert_eq!(stack.terminate().await.0, Some(0));
}

#[tokio::test]
async fn the_ready_line_is_the_only_line_on_standard_output() {
    let stack = Stack::start(TEMPLATE).await;

    let addresses = stack.addresses();
    assert_eq!(addresses["ready"], true);
    assert!(addresses["readyMs"].is_u64(), "{addresses}");
    assert!(addresses["web"].is_null(), "a template without a page beside it: {addresses}");
    assert!(stack.web_socket_url().starts_with("ws://127.0.0.1:") && stack.web_socket_url().ends_with("/dev"));
    assert_eq!(stack.management_url().replace("http", "ws"), stack.web_socket_url());
    assert_eq!(addresses["region"], "us-east-1");
    let tables = stack.dynamodb().list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), ["Connections"]);
    assert_eq!(stack.parlor().output().len(), 1);
}

#[tokio::test]
async fn a_function_gets_nothing_of_the_person_s_own_aws_account() {
    let own = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"];
    let environment = own.map(|name| (name, "the-person-s-own"));
    let parlor = Parlor::start_in(&environment, &["--template", "tests/misbehave/template.yaml"]);
    let stack = Stack::ready(parlor).await;
    let mut client = stack.connect(&[]).await.unwrap();

    client.say("tell your environment").await;
    let variables = client.next_json().await;

    assert!(!variables.to_string().contains("the-person-s-own"), "{variables}");
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], "local");
    assert_eq!(variables["AWS_ENDPOINT_URL"], stack.addresses()["lambda"]);
    assert!(variables["AWS_SESSION_TOKEN"].is_null() && variables["AWS_PROFILE"].is_null(), "{variables}");
}

#[tokio::test]
async fn the_page_beside_the_template_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), include_str!("templates/small.yaml"));
    std::fs::create_dir(directory.path().join("web")).unwrap();
    std::fs::write(directory.path().join("web/index.html"), "<title>small</title>").unwrap();
    let stack = Stack::start(template).await;

    let page = get(stack.web_url()).await;
    let known: Value = serde_json::from_str(&get(&format!("{}/stack.json", stack.web_url())).await).unwrap();

    assert_eq!(page, "<title>small</title>");
    assert_eq!(known["webSocketApis"]["Api"]["url"], stack.web_socket_url());
    assert!(known.get("credentials").is_none(), "{known}");
}

#[tokio::test]
async fn functions_can_run_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), include_str!("templates/small.yaml"));
    let arguments = ["--template", template.to_str().unwrap(), "--parameter-overrides", "Runtime=nodejs22.x"];

    let stack = Stack::ready(Parlor::start_elsewhere("http://127.0.0.1:9", &arguments)).await;

    let variables = std::fs::read_to_string(directory.path().join("target/parlor/watch.env")).unwrap();
    assert!(variables.contains("CONNECTIONS_TABLE"), "{variables}");
    assert!(variables.contains(stack.addresses()["dynamodb"].as_str().unwrap()), "{variables}");
}

async fn get(url: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let text = async { client.get(url).send().await?.error_for_status()?.text().await };
    within_patience("the answer", text).await.expect("an answer")
}

fn is_running(id: u32) -> bool {
    let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
    rustix::process::test_kill_process(id).is_ok()
}
