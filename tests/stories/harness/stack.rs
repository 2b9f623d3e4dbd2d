//! A whole running stack.

use std::path::Path;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use super::{Client, Parlor, connect, within_patience, workspace};

/// A stack that is ready. It ends when it is dropped.
pub(crate) struct Stack {
    parlor: Parlor,
    ready: Value,
    /// Where its template and its functions' code are, if they are temporary.
    _directory: Option<TempDir>,
}

impl Stack {
    /// Starts the stack of `template`, a path in the workspace or an absolute one.
    pub(crate) async fn start(template: impl AsRef<Path>) -> Self {
        Self::start_with(template, &[]).await
    }

    /// Starts the stack of `template` with more arguments; they win over the harness's own.
    pub(crate) async fn start_with(template: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let template = workspace().join(template);
        let template = template.to_str().expect("a path in UTF-8");
        Self::ready(Parlor::start([&["--template", template], arguments].concat().as_slice())).await
    }

    /// Waits until `parlor` says that it is ready.
    pub(crate) async fn ready(mut parlor: Parlor) -> Self {
        match parlor.first_line().await {
            Some(line) => {
                let ready = serde_json::from_str(&line).expect("the ready line is JSON");
                Self { parlor, ready, _directory: None }
            }
            None => panic!("`parlor` ended before it was ready:\n{}", parlor.log()),
        }
    }

    /// The same stack, which keeps `directory` as long as it runs.
    pub(crate) fn keeping(self, directory: TempDir) -> Self {
        Self { _directory: Some(directory), ..self }
    }

    /// The line that `--json` prints.
    pub(crate) fn addresses(&self) -> &Value {
        &self.ready
    }

    /// Where clients of the only WebSocket API connect.
    pub(crate) fn web_socket_url(&self) -> &str {
        text(&only(&self.ready["webSocketApis"])["url"])
    }

    /// The `@connections` endpoint of the only WebSocket API.
    pub(crate) fn management_url(&self) -> &str {
        text(&only(&self.ready["webSocketApis"])["management"])
    }

    /// The only HTTP API.
    pub(crate) fn control_url(&self) -> &str {
        text(only(&self.ready["httpApis"]))
    }

    /// The Lambda endpoint.
    pub(crate) fn lambda_url(&self) -> &str {
        text(&self.ready["lambda"])
    }

    /// The database.
    pub(crate) fn dynamodb_url(&self) -> &str {
        text(&self.ready["dynamodb"])
    }

    /// The web page.
    pub(crate) fn web_url(&self) -> &str {
        text(&self.ready["web"])
    }

    /// Opens a WebSocket to the only WebSocket API.
    pub(crate) async fn connect(&self, subprotocols: &[&str]) -> Result<Client, StatusCode> {
        connect(self.web_socket_url(), subprotocols).await
    }

    /// A client of the stack's tables.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let configuration = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(text(&self.ready["dynamodb"]))
            .region(Region::new(text(&self.ready["region"]).to_owned()))
            .credentials_provider(self.credentials())
            .build();
        aws_sdk_dynamodb::Client::from_conf(configuration)
    }

    /// The local credentials, which the control plane's callers sign with.
    pub(crate) fn credentials(&self) -> Credentials {
        let keys = &self.ready["credentials"];
        Credentials::new(text(&keys["accessKeyId"]), text(&keys["secretAccessKey"]), None, None, "story")
    }

    /// Invokes a function and waits for its end: whether it succeeded.
    pub(crate) async fn invoke(&self, function: &str) -> bool {
        let answer = self.invocation(function, "{}".to_owned()).await;
        answer.status().is_success() && !answer.headers().contains_key("X-Amz-Function-Error")
    }

    /// Invokes a function with an event and waits for what it returns.
    pub(crate) async fn invoke_with(&self, function: &str, event: &Value) -> Value {
        let answer = self.invocation(function, event.to_string()).await;
        let text = within_patience("the answer", answer.text()).await.expect("a complete answer");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON: {error}: {text}"))
    }

    async fn invocation(&self, function: &str, event: String) -> reqwest::Response {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.lambda_url());
        let call = reqwest::Client::builder().no_proxy().build().expect("a client").post(url).body(event).send();
        within_patience("the invocation", call).await.expect("the Lambda endpoint answers")
    }

    /// Waits for a line in the stack's log, also among those that were there before.
    pub(crate) async fn wait_for_log(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        self.parlor.wait_for_log(is_wanted).await
    }

    /// The process behind it all.
    pub(crate) fn parlor(&self) -> &Parlor {
        &self.parlor
    }

    /// Asks it to stop as a supervisor does, and waits for the end: the exit code, and the whole log.
    pub(crate) async fn terminate(self) -> (Option<i32>, String) {
        self.parlor.terminate();
        self.parlor.exits().await
    }

    /// Presses Ctrl-C and waits for the end: the exit code, and the whole log.
    pub(crate) async fn stop(self) -> (Option<i32>, String) {
        self.parlor.interrupt();
        self.parlor.exits().await
    }
}

fn only(apis: &Value) -> &Value {
    match apis.as_object().map(|apis| apis.values().collect::<Vec<_>>()).as_deref() {
        Some([api]) => api,
        _ => panic!("the stack has not exactly one API of that kind: {apis}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("an address in the ready line")
}
