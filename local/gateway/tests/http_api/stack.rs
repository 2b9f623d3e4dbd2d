//! An HTTP API with a scripted Lambda behind it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Request;
use local_core::events::{ApiCall, Event, Reporter};
use local_core::invocation::{FunctionError, FunctionReference, Functions, Invocation};
use local_gateway::http_api::{self, HttpApiOptions};
use local_gateway::signature::Verifier;
use local_sam::{HttpApi, HttpRoute};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) const DEADLINE: Duration = Duration::from_secs(10);
const ROUTE_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP API whose functions answer what the test says.
pub(crate) struct Stack {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
    events: mpsc::UnboundedReceiver<(String, Value)>,
    reported: mpsc::UnboundedReceiver<Event>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: tokio::task::JoinHandle<()>,
}

/// What the scripted functions answer.
#[derive(Clone)]
pub(crate) enum Script {
    Returns(String),
    Fails,
    Hangs,
}

pub(crate) fn returns(answer: Value) -> Script {
    Script::Returns(answer.to_string())
}

struct ScriptedFunctions {
    script: Script,
    seen: mpsc::UnboundedSender<(String, Value)>,
}

impl Functions for ScriptedFunctions {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: &'a Value,
        limit: Duration,
    ) -> BoxFuture<'a, Invocation> {
        self.seen.send((function.name.clone(), event.clone())).unwrap();
        Box::pin(async move {
            match &self.script {
                Script::Returns(answer) => Invocation::Returned(answer.clone().into()),
                Script::Fails => {
                    let error = json!({"errorMessage": "boom", "errorType": "Error"}).to_string();
                    Invocation::Failed(FunctionError::read(error.as_bytes()))
                }
                Script::Hangs => {
                    sleep(limit).await;
                    Invocation::TimedOut
                }
            }
        })
    }
}

fn route(key: &str, function: &str, requires_iam: bool) -> HttpRoute {
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    let method = (method != "ANY").then(|| method.parse().unwrap());
    let timeout = if function == "hanging" { Duration::from_millis(50) } else { ROUTE_TIMEOUT };
    HttpRoute { method, path: path.to_owned(), function: function.into(), timeout, requires_iam }
}

pub(crate) async fn start(script: Script) -> Stack {
    start_in_stage("$default", script).await
}

pub(crate) async fn start_in_stage(stage: &str, script: Script) -> Stack {
    let (seen, events) = mpsc::unbounded_channel();
    let api = HttpApi {
        logical_id: "Api".to_owned(),
        api_id: "abcdefghij".to_owned(),
        stage: stage.to_owned(),
        routes: vec![
            route("$default", "default", false),
            route("GET /pets/{id}", "pet", false),
            route("GET /pets/{rest+}", "pets", false),
            route("ANY /pets/{id}", "any-pet", false),
            route("GET /pets/dog", "dog", false),
            route("ANY /hang", "hanging", false),
            route("ANY /signed", "signed", true),
            route("ANY /signed/{resource+}", "signed", true),
        ],
        stage_variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let (sender, reported) = mpsc::unbounded_channel();
    let reporter = Reporter::to(move |event: &Event| drop(sender.send(event.clone())));
    let options = HttpApiOptions {
        domain_name: listener.local_addr().unwrap().to_string(),
        functions: Arc::new(ScriptedFunctions { script, seen }),
        verifier: Arc::new(Verifier::new(true, Reporter::default())),
        reporter,
    };
    let served = tokio::spawn(http_api::serve(listener, api, options, shutdown.clone()));
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
    Stack { url, client, events, reported, shutdown, served }
}

impl Stack {
    pub(crate) async fn get(&self, target: &str) -> Response {
        self.client.get(format!("{}{target}", self.url)).send().await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Response {
        self.client.execute(request.try_into().unwrap()).await.unwrap()
    }

    /// The function that was called, and its event.
    pub(crate) async fn called(&mut self) -> (String, Value) {
        tokio::time::timeout(DEADLINE, self.events.recv()).await.unwrap().unwrap()
    }

    /// The next call that the API reports.
    pub(crate) async fn reported(&mut self) -> ApiCall {
        match tokio::time::timeout(DEADLINE, self.reported.recv()).await.unwrap().unwrap() {
            Event::ApiCall(call) => call,
            other => unreachable!("not a call: {other:?}"),
        }
    }

    pub(crate) fn was_not_called(&mut self) -> bool {
        self.events.try_recv().is_err()
    }

    /// What a socket answers to bytes that no well-behaved client sends.
    pub(crate) async fn send_raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8(answer).unwrap()
    }

    pub(crate) fn request(&self, method: &str, target: &str, body: &'static str) -> Request<Bytes> {
        let builder = Request::builder().method(method).uri(format!("{}{target}", self.url));
        builder.header("content-type", "application/json").body(Bytes::from_static(body.as_bytes())).unwrap()
    }
}

pub(crate) fn answered(status: u16) -> Script {
    returns(json!({"statusCode": status}))
}

pub(crate) async fn message(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}
