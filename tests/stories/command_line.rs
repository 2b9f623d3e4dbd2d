//! What the local stack says to the person who starts it.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::harness::{Parlor, Stack, within_patience, write_template};

/// A WebSocket API with one function behind it, which is the binary `BINARY`.
const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: small
      ProtocolType: WEBSOCKET
      RouteSelectionExpression: $request.body.action
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: dev
      AutoDeploy: true
  DefaultRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      Target: !Sub integrations/${DefaultIntegration}
  DefaultIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${DefaultFunction.Arn}/invocations
  DefaultPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref DefaultFunction
      Principal: apigateway.amazonaws.com
  DefaultFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: rust-cargolambda
      BuildProperties:
        Binary: BINARY
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Environment:
        Variables:
          CONNECTIONS_TABLE: !Ref Connections
  Connections:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: group, AttributeType: S }
        - { AttributeName: member, AttributeType: S }
      KeySchema:
        - { AttributeName: group, KeyType: HASH }
        - { AttributeName: member, KeyType: RANGE }
"#;

#[tokio::test]
async fn ctrl_c_stops_the_stack_and_leaves_no_process_behind() {
    let directory = tempfile::tempdir().unwrap();
    let stack = Stack::start(write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"))).await;
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
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"));
    let (parlor, _unread) = Parlor::start_unread(&["--template", path(&template)]);
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
    let directory = tempfile::tempdir().unwrap();
    let stack = Stack::start(write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"))).await;

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
async fn a_function_s_log_stands_in_the_log_of_the_stack() {
    let directory = tempfile::tempdir().unwrap();
    let stack = Stack::start(write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"))).await;
    let mut client = stack.connect(&[]).await.unwrap();
    assert_eq!(client.subprotocol(), None);
    client.say("hello").await;
    assert_eq!(client.next_text().await, "hello");
    client.leave().await;

    let line = stack.wait_for_log(|line| line.contains("REPORT")).await;

    assert!(line.contains("DefaultFunction") && line.contains("Duration"), "{line}");
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
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"));
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
async fn a_port_that_is_taken_is_named_with_its_service_and_flag() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"));
    let neighbour = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = neighbour.local_addr().unwrap().port().to_string();

    for (flag, service) in
        [("--websocket-port", "the WebSocket API `Api`"), ("--lambda-port", "Lambda"), ("--dynamodb-port", "DynamoDB")]
    {
        let failure = fails(Parlor::start(&["--template", path(&template), flag, &port])).await;

        assert!(failure.contains(&format!("port {port} for {service} is taken")), "{failure}");
        assert!(failure.contains(&format!("`{flag} 0`")), "{failure}");
    }
}

#[tokio::test]
async fn a_template_that_is_missing_is_named() {
    let failure = fails(Parlor::start(&["--template", "nowhere/template.yaml"])).await;

    assert!(failure.contains("nowhere/template.yaml") && failure.contains("--template"), "{failure}");
}

#[tokio::test]
async fn a_file_that_is_no_template_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), "Resources: [not, a, map]\n");

    let failure = fails(Parlor::start(&["--template", path(&template)])).await;

    assert!(failure.contains("template.yaml"), "{failure}");
}

#[tokio::test]
async fn a_function_without_a_binary_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "no-such-binary"));

    let failure = fails(Parlor::start(&["--template", path(&template)])).await;

    assert!(failure.contains("no-such-binary") && failure.contains("DefaultFunction"), "{failure}");
}

#[tokio::test]
async fn a_function_of_another_runtime_is_for_another_tool() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("provided.al2023", "java21"));

    let failure = fails(Parlor::start(&["--template", path(&template)])).await;

    assert!(failure.contains("DefaultFunction") && failure.contains("java21"), "{failure}");
    assert!(failure.contains("--command DefaultFunction=") && failure.contains("--lambda"), "{failure}");
}

#[tokio::test]
async fn a_build_that_fails_shows_the_compiler_s_words() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "broken"));
    write_package(directory.path(), "broken", "fn main() { this_does_not_exist }\n");

    let (code, log) = Parlor::start_building(&["--template", path(&template)]).exits().await;

    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("cannot find value `this_does_not_exist`"), "{log}");
    assert!(log.contains("\nhint: "), "{log}");
}

#[tokio::test]
async fn a_log_for_programs_has_an_object_in_each_line_whatever_cargo_says() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "broken"));
    write_package(directory.path(), "broken", "fn main() { this_does_not_exist }\n");

    let (_, log) = Parlor::start_building(&["--template", path(&template), "--log", "json"]).exits().await;

    for line in log.lines() {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(object["time"].is_string() && object["kind"].is_string(), "{line}");
    }
    assert!(log.contains("cannot find value `this_does_not_exist`"), "{log}");
}

#[tokio::test]
async fn ctrl_c_during_a_build_leaves_no_process_behind() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "slow"));
    let gate = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    write_package(directory.path(), "slow", "fn main() {}\n");
    let address = gate.local_addr().unwrap();
    let build_script = format!(
        "fn main() {{
            let mut gate = std::net::TcpStream::connect(\"{address}\").unwrap();
            let _ = std::io::Read::read(&mut gate, &mut [0]);
        }}"
    );
    std::fs::write(directory.path().join("build.rs"), build_script).unwrap();
    let parlor = Parlor::start_building(&["--template", path(&template)]);
    let (mut held, _) = within_patience("the build", gate.accept()).await.unwrap();

    parlor.interrupt();
    let (code, log) = parlor.exits().await;

    assert_eq!(code, Some(0), "{log}");
    // Nobody holds the other end any more.
    assert_eq!(within_patience("the end of the build", held.read(&mut [0])).await.unwrap(), 0, "{log}");
}

#[tokio::test]
async fn a_page_s_directory_that_is_missing_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &TEMPLATE.replace("BINARY", "echo-default"));

    let failure = fails(Parlor::start(&["--template", path(&template), "--web", "nowhere"])).await;

    assert!(failure.contains("`nowhere`") && failure.contains("`--web`"), "{failure}");
}

#[tokio::test]
async fn functions_can_run_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let node = TEMPLATE.replace("provided.al2023", "nodejs22.x");
    let template = write_template(directory.path(), &node.replace("BINARY", "default"));
    let endpoint = "http://127.0.0.1:9";

    let stack = Stack::ready(Parlor::start_elsewhere(endpoint, &["--template", path(&template)])).await;

    let variables = std::fs::read_to_string(directory.path().join("target/parlor/watch.env")).unwrap();
    assert!(variables.contains("CONNECTIONS_TABLE"), "{variables}");
    assert!(variables.contains(stack.addresses()["dynamodb"].as_str().unwrap()), "{variables}");
}

/// Waits for a failed start: what it says, which is one problem and one way out.
async fn fails(parlor: Parlor) -> String {
    let (code, log) = parlor.exits().await;
    assert_eq!(code, Some(1), "{log}");
    assert_eq!(log.matches("error: ").count(), 1, "{log}");
    assert_eq!(log.matches("\nhint: ").count(), 1, "{log}");
    log
}

/// A package of its own, with one binary.
fn write_package(directory: &Path, name: &str, main: &str) {
    let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n");
    std::fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(directory.join("src")).unwrap();
    std::fs::write(directory.join("src/main.rs"), main).unwrap();
}

async fn get(url: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let text = async { client.get(url).send().await?.error_for_status()?.text().await };
    within_patience("the answer", text).await.expect("an answer")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn is_running(id: u32) -> bool {
    let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
    rustix::process::test_kill_process(id).is_ok()
}
