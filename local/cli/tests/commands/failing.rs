//! What `parlor exec` says when it cannot run a command.

use std::net::TcpListener;

use crate::harness::{directory, ends, exec, parlor};

#[tokio::test]
async fn a_stack_that_does_not_start_runs_no_command() {
    let directory = directory();

    let ended = ends(parlor(directory.path(), &["exec", "--", "touch", "ran"])).await;

    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.errors.contains("error: ") && ended.errors.contains("template.yaml"), "{ended:?}");
    assert!(ended.errors.contains("\nhint: "), "{ended:?}");
    assert!(!directory.path().join("ran").exists());
}

#[tokio::test]
async fn a_port_that_you_choose_is_not_any_free_one() {
    let directory = directory();
    let neighbour = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = neighbour.local_addr().unwrap().port().to_string();

    let ended = ends(exec(directory.path(), &["--websocket-port", &port], &["true"])).await;

    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.errors.contains(&format!("port {port} for the WebSocket API `Socket` is taken")), "{ended:?}");
}

#[tokio::test]
async fn a_command_that_cannot_be_run_is_named() {
    let directory = directory();
    for (command, code, reason) in [
        ("no-such-command", 127, "the command `no-such-command` does not exist"),
        ("/dev/null", 126, "the command `/dev/null` cannot be run: permission denied"),
    ] {
        let ended = ends(exec(directory.path(), &[], &[command])).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.errors.starts_with(&format!("error: {reason}\n\nhint: ")), "{ended:?}");
        assert_eq!(ended.output, "");
    }
}

#[tokio::test]
async fn warnings_of_the_stack_are_shown() {
    let directory = directory();
    let command = exec(directory.path(), &[], &["true"]);
    let template = directory.path().join("stack/template.yaml");
    let bucket = "  Bucket:\n    Type: AWS::S3::Bucket\n";
    std::fs::write(&template, std::fs::read_to_string(&template).unwrap() + bucket).unwrap();

    let ended = ends(command).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.errors.contains("warning: ") && ended.errors.contains("Bucket"), "{ended:?}");
}
