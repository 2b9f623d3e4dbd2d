//! What benches share: a release build of the local stack in a process of its own.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

/// A running stack. It ends when it is dropped.
pub(crate) struct Stack {
    parlor: Child,
    ready: Value,
    _directory: tempfile::TempDir,
}

impl Stack {
    /// Starts the stack of this template's text, with more arguments.
    pub(crate) async fn start(template: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("template.yaml");
        std::fs::write(&file, template).expect("a file");
        let mut parlor = tokio::process::Command::new(parlor())
            .arg("--template")
            .arg(file)
            .args(["--json", "--no-watch", "--log", "quiet", "--authority"])
            .arg(directory.path())
            .args(["web", "websocket", "http", "lambda", "dynamodb"].map(|kind| format!("--{kind}-port=0")))
            .args(arguments)
            .stdout(Stdio::piped())
            // Metrics of functions are for CloudWatch.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("`parlor` starts");
        let output = BufReader::new(parlor.stdout.take().expect("its output is a pipe"));
        let line = output.lines().next_line().await.expect("its output can be read");
        let ready = serde_json::from_str(&line.expect("it is ready")).expect("the ready line is JSON");
        Self { parlor, ready, _directory: directory }
    }

    /// Starts the stack of this template's text, with release builds of these functions and more arguments.
    pub(crate) async fn start_with_functions(template: &str, functions: &[&str], arguments: &[&str]) -> Self {
        let packages: Vec<&str> = functions.iter().flat_map(|function| ["--package", function]).collect();
        let executable = built(&packages);
        let directory = executable.parent().and_then(|directory| directory.to_str()).expect("a path in UTF-8");
        Self::start(template, &[&["--bin-dir", directory], arguments].concat()).await
    }

    /// Invokes a function and waits for it.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) {
        self.call(function, event, "RequestResponse").await;
    }

    /// Hands an event to a function.
    pub(crate) async fn hand_on(&self, function: &str, event: &Value) {
        self.call(function, event, "Event").await;
    }

    async fn call(&self, function: &str, event: &Value, invocation_type: &str) {
        let lambda = self.address_of("lambda");
        let url = format!("{lambda}/2015-03-31/functions/{function}/invocations");
        let call = reqwest::Client::new().post(url).header("X-Amz-Invocation-Type", invocation_type).json(event).send();
        let answer = call.await.expect("the endpoint answers");
        assert!(answer.status().is_success(), "{}", answer.status());
        let failed = answer.headers().contains_key("x-amz-function-error");
        assert!(!failed, "{}", answer.text().await.unwrap_or_default());
    }

    /// The database.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(self.address_of("dynamodb"))
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
            .build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// The URL of a service that there is one of.
    pub(crate) fn address_of(&self, service: &str) -> &str {
        self.ready[service].as_str().expect("it is served")
    }

    /// Host and port of the only WebSocket API, and the path of its stage.
    pub(crate) fn address(&self) -> (&str, &str) {
        let apis = self.ready["webSocketApis"].as_object().expect("APIs are a map");
        let url = apis.values().next().and_then(|api| api["url"].as_str()).expect("there is one API");
        let rest = url.strip_prefix("ws://").expect("a WebSocket URL");
        rest.split_at(rest.find('/').expect("a stage"))
    }

    /// The number of the stack's process.
    pub(crate) fn process(&self) -> u32 {
        self.parlor.id().expect("it runs")
    }

    /// What the stack's process holds in memory.
    pub(crate) fn resident_kilobytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process())).expect("benches run on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells");
        line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
    }
}

/// The value of an option of the bench, as in `-- --connections 100`.
pub(crate) fn argument(name: &str) -> Option<usize> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).map(|value| value.parse().expect("a number"))
}

fn parlor() -> PathBuf {
    built(&["--package", "local-cli"])
}

/// The last executable of a release build.
pub(crate) fn built(packages: &[&str]) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--message-format=json-render-diagnostics"])
        .args(packages)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "the packages cannot be built");
    let messages = String::from_utf8_lossy(&built.stdout);
    let mut executables = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["executable"].as_str().map(PathBuf::from));
    executables.next_back().expect("the packages have binaries")
}
