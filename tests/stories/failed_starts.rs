//! What ends a start, and what the terminal says about it.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::harness::{Parlor, within_patience, write_template};

const TEMPLATE: &str = "tests/stories/templates/small.yaml";

/// The small template with another binary.
fn small(binary: &str) -> String {
    include_str!("templates/small.yaml").replace("echo-default", binary)
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_service_and_flag() {
    let neighbour = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = neighbour.local_addr().unwrap().port().to_string();

    for (flag, service) in
        [("--websocket-port", "the WebSocket API `Api`"), ("--lambda-port", "Lambda"), ("--dynamodb-port", "DynamoDB")]
    {
        let failure = fails(Parlor::start(&["--template", TEMPLATE, flag, &port])).await;

        assert!(failure.contains(&format!("port {port} for {service} is taken")), "{failure}");
        assert!(failure.contains(&format!("`{flag} 0`")), "{failure}");
    }
}

#[tokio::test]
async fn a_template_that_is_missing_is_named() {
    let failure = fails(Parlor::start(&["--template", "nowhere/template.yaml"])).await;

    assert!(failure.contains("cannot read the template `nowhere/template.yaml`"), "{failure}");
    assert!(failure.contains("`--template FILE`"), "{failure}");
}

#[tokio::test]
async fn a_file_that_is_no_template_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), "Resources: [not, a, map]\n");

    let failure = fails(Parlor::start(&["--template", path(&template)])).await;

    assert!(failure.contains("template.yaml"), "{failure}");
}

#[tokio::test]
async fn a_page_s_directory_that_is_missing_is_named() {
    let failure = fails(Parlor::start(&["--template", TEMPLATE, "--web", "nowhere"])).await;

    assert!(failure.contains("`nowhere`") && failure.contains("`--web`"), "{failure}");
}

#[tokio::test]
async fn a_function_without_a_binary_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &small("no-such-binary"));

    let failure = fails(Parlor::start(&["--template", path(&template)])).await;

    assert!(failure.contains("no-such-binary") && failure.contains("DefaultFunction"), "{failure}");
}

#[tokio::test]
async fn a_function_of_another_runtime_is_for_another_tool() {
    let failure = fails(Parlor::start(&["--template", TEMPLATE, "--parameter-overrides", "Runtime=java21"])).await;

    assert!(failure.contains("DefaultFunction") && failure.contains("java21"), "{failure}");
    assert!(failure.contains("--command DefaultFunction=") && failure.contains("--lambda"), "{failure}");
}

#[tokio::test]
async fn a_build_that_fails_shows_the_compiler_s_words() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &small("broken"));
    write_package(directory.path(), "broken", "fn main() { this_does_not_exist }\n");

    let (code, log) = Parlor::start_building(&["--template", path(&template)]).exits().await;

    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("cannot find value `this_does_not_exist`"), "{log}");
    assert!(log.contains("\nhint: "), "{log}");
}

#[tokio::test]
async fn a_log_for_programs_has_an_object_in_each_line_whatever_cargo_says() {
    let directory = tempfile::tempdir().unwrap();
    let template = write_template(directory.path(), &small("broken"));
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
    let template = write_template(directory.path(), &small("slow"));
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

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
