//! What a command finds, and what it leaves.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::net::TcpStream;

use crate::harness::{Running, directory, ends, exec};

/// A script that prints one variable, and then every line that it reads.
fn prints(variable: &str) -> String {
    format!("printf '%s\\n' \"${variable}\"; cat")
}

fn variables(output: &str) -> BTreeMap<&str, &str> {
    output.lines().filter_map(|line| line.split_once('=')).collect()
}

#[tokio::test]
async fn a_command_finds_the_addresses_of_the_stack_in_its_environment() {
    let directory = directory();
    std::fs::create_dir_all(directory.path().join("stack/web")).unwrap();

    let ended = ends(exec(directory.path(), &[], &["env"])).await;

    let variables = variables(&ended.output);
    let ready: Value = serde_json::from_str(variables["PARLOR_READY"]).unwrap();
    for (name, address) in [
        ("PARLOR_WEBSOCKET_URL", &ready["webSocketApis"]["Socket"]["url"]),
        ("PARLOR_WEBSOCKET_URL_SOCKET", &ready["webSocketApis"]["Socket"]["url"]),
        ("PARLOR_HTTP_URL", &ready["httpApis"]["Web"]),
        ("PARLOR_HTTP_URL_WEB", &ready["httpApis"]["Web"]),
        ("PARLOR_WEB_URL", &ready["web"]),
        ("AWS_ENDPOINT_URL", &ready["lambda"]),
        ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", &ready["webSocketApis"]["Socket"]["management"]),
        ("AWS_ENDPOINT_URL_DYNAMODB", &ready["dynamodb"]),
        ("AWS_ENDPOINT_URL_LAMBDA", &ready["lambda"]),
        ("AWS_REGION", &ready["region"]),
        ("AWS_DEFAULT_REGION", &ready["region"]),
        ("AWS_ACCESS_KEY_ID", &ready["credentials"]["accessKeyId"]),
        ("AWS_SECRET_ACCESS_KEY", &ready["credentials"]["secretAccessKey"]),
    ] {
        assert_eq!(variables.get(name).copied(), address.as_str(), "{name}: {ended:?}");
    }
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_command_sees_neither_your_aws_account_nor_an_outer_stack() {
    let directory = directory();
    let hidden = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "PARLOR_WEB_URL",
        "PARLOR_WEBSOCKET_URL_OTHER",
    ];
    let mut command = exec(directory.path(), &[], &["env"]);
    command.envs(hidden.map(|name| (name, "outer"))).env("AWS_ACCESS_KEY_ID", "outer").env("OWN", "kept");

    let ended = ends(command).await;

    let variables = variables(&ended.output);
    for name in hidden {
        assert_eq!(variables.get(name), None, "{name}");
    }
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], "local");
    assert_eq!(variables["AWS_CONFIG_FILE"], "/dev/null");
    assert_eq!(variables["OWN"], "kept");
}

#[tokio::test]
async fn a_command_trusts_the_authority_of_the_stack_unless_you_chose_another() {
    let directory = directory();
    let mut command = exec(directory.path(), &[], &["env"]);
    command.env_remove("NODE_EXTRA_CA_CERTS").env("SSL_CERT_FILE", "/own.pem");

    let ended = ends(command).await;

    let variables = variables(&ended.output);
    let ready: Value = serde_json::from_str(variables["PARLOR_READY"]).unwrap();
    assert_eq!(Some(variables["NODE_EXTRA_CA_CERTS"]), ready["certificateAuthority"].as_str());
    assert_eq!(variables["SSL_CERT_FILE"], "/own.pem");
}

#[tokio::test]
async fn a_command_uses_the_stack_and_the_stack_ends_with_it() {
    let directory = directory();
    let mut running = Running::start(exec(directory.path(), &[], &["sh", "-c", &prints("PARLOR_WEBSOCKET_URL")]));
    let url = running.line().await;

    let (client, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    running.types("a line on standard input").await;
    assert_eq!(running.line().await, "a line on standard input");
    let ended = running.closes().await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    drop(client);
    let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "the stack still listens at {address}");
}

#[tokio::test]
async fn only_the_command_writes_to_standard_output_and_a_stack_without_problems_is_silent() {
    let directory = directory();

    let quiet = ends(exec(directory.path(), &[], &["echo", "mine"])).await;
    let text = ends(exec(directory.path(), &["--log", "text"], &["echo", "mine"])).await;

    assert_eq!(quiet.output, "mine\n");
    assert_eq!(quiet.errors, "");
    assert_eq!(text.output, "mine\n");
    assert!(text.errors.contains("Socket") && text.errors.contains("\nready in "), "{}", text.errors);
    assert!(!text.errors.contains("Ctrl-C"), "{}", text.errors);
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_command() {
    let directory = directory();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let ended = ends(exec(directory.path(), &[], &["sh", "-c", script])).await;
        assert_eq!(ended.code, Some(code), "{script}: {ended:?}");
    }
}
