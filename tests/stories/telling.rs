//! What the terminal tells of what else would be a riddle.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{AnsweringLambda, Parlor, Stack, binary, connect, workspace, write_template};

const TEMPLATE: &str = "examples/echo/template.yaml";

#[tokio::test]
async fn a_template_that_changes_is_told_to_wait_for_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workspace().join("tests/misbehave/template.yaml")).unwrap();
    let template = write_template(directory.path(), &text);
    let configuration = directory.path().join("samconfig.toml");
    std::fs::write(&configuration, "version = 0.1\n").unwrap();
    let binaries = binary("misbehave").parent().unwrap().to_str().unwrap().to_owned();
    let arguments = ["--template", "template.yaml", "--bin-dir", &binaries];
    let stack = Stack::ready(Parlor::start_at(directory.path(), "", &arguments)).await;

    for (file, name) in [(template, "`template.yaml`"), (configuration, "`samconfig.toml`")] {
        let begins = format!("warning: {name} has changed");
        let told = stack.wait_for_log(|line| line.starts_with(&begins));
        tokio::pin!(told);
        // A change before the file is watched is not seen.
        let mut saves = 0;
        let line = loop {
            saves += 1;
            std::fs::write(&file, format!("{}# {saves}\n", std::fs::read_to_string(&file).unwrap())).unwrap();
            if let Ok(line) = tokio::time::timeout(Duration::from_secs(2), &mut told).await {
                break line;
            }
        };
        assert!(line.contains("Ctrl-C"), "{line}");
        assert!(stack.parlor().log().matches(&begins).count() <= saves, "{}", stack.parlor().log());
    }
}

#[tokio::test]
async fn a_body_that_a_one_way_route_drops_is_told_once() {
    let lambda = AnsweringLambda::start().await;
    let stack = Stack::ready(Parlor::start_elsewhere(lambda.endpoint(), &["--template", TEMPLATE])).await;
    for _ in 0..2 {
        let mut client = stack.connect(&[]).await.unwrap();
        let id = lambda.connected().await;
        client.say("hello").await;
        stack.wait_for_log(|line| line.contains(&format!("message   {id} 200"))).await;
    }

    let (_, log) = stack.stop().await;

    let told = log.lines().filter(|line| line.contains("the route `$default` is one-way")).count();
    assert_eq!(told, 1, "{log}");
}

#[tokio::test]
async fn a_request_that_asks_for_no_connection_is_no_handshake() {
    let stack = Stack::ready(Parlor::start_elsewhere("http://127.0.0.1:9", &["--template", TEMPLATE])).await;
    let stage = stack.management_url();
    let origin = stage.strip_suffix("/dev").unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    client.get(stage).send().await.unwrap();
    stack.wait_for_log(|line| is_told(line, "request", "426", "GET /dev: ")).await;

    client.post(format!("{origin}/@connections/SOqGjdZioAMCEeg=")).send().await.unwrap();
    stack.wait_for_log(|line| is_told(line, "request", "403", "POST /@connections/")).await;

    connect(&format!("{}/elsewhere", origin.replace("http", "ws")), &[]).await.err().expect("it is another stage");
    stack.wait_for_log(|line| is_told(line, "handshake", "403", "GET /elsewhere: ")).await;
}

#[tokio::test]
async fn a_tls_handshake_that_fails_names_the_authority_to_trust() {
    let stack = Stack::ready(Parlor::start_elsewhere("http://127.0.0.1:9", &["--template", TEMPLATE])).await;
    let authority = stack.addresses()["certificateAuthority"].as_str().unwrap();
    let address = stack.management_url().strip_prefix("http://").unwrap().strip_suffix("/dev").unwrap();

    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"\x16no record of any kind").await.unwrap();

    let line = stack.wait_for_log(|line| line.contains("TLS handshake failed")).await;
    assert!(line.contains(authority), "{line}");
}

/// Whether `line` is about a request `what` that was answered with `status`.
fn is_told(line: &str, kind: &str, status: &str, what: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().skip(1).take(3).collect();
    words == [kind, "none", status] && line.contains(what)
}
