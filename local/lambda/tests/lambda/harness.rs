//! A Lambda host with one function, and the verbs that the stories use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use local_core::events::Reporter;
use local_core::faults::{Named, Plan, Scope};
use local_lambda::launch::BuildContext;
use local_lambda::{ApiHosts, Endpoints, Host, Program, RunnableFunction, environment};
use local_sam::{Code, EventInvoke, Function};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// No step of any story takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stack {
    pub(crate) url: String,
    pub(crate) host: Arc<Host>,
    pub(crate) shutdown: CancellationToken,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

/// The scripted function, built once by the very builder that is tested.
pub(crate) async fn scripted_function() -> PathBuf {
    static BUILT: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
    let (_directory, executable) = BUILT.get_or_init(build_scripted_function).await;
    executable.clone()
}

async fn build_scripted_function() -> (TempDir, PathBuf) {
    let directory = write_package("scripted", include_str!("scripted_function.rs"));
    let functions = [function("Scripted", directory.path(), Some("scripted"))];
    let built = local_lambda::launch::cargo::executables(&functions, false, &BuildContext::default()).await.unwrap();
    // A copy: with a shared target directory, another run of this test may build over the original.
    let executable = directory.path().join("scripted");
    std::fs::copy(&built["Scripted"], &executable).unwrap();
    (directory, executable)
}

/// A package of its own, with one binary.
pub(crate) fn write_package(name: &str, main: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n");
    std::fs::write(directory.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(directory.path().join("src")).unwrap();
    std::fs::write(directory.path().join("src/main.rs"), main).unwrap();
    directory
}

pub(crate) fn function(logical_id: &str, code: &Path, binary: Option<&str>) -> Function {
    Function {
        logical_id: logical_id.to_owned(),
        name: logical_id.to_lowercase(),
        code: Code::Directory(code.to_owned()),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        binary: binary.map(str::to_owned),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(20),
        memory_megabytes: 128,
        reserved_concurrency: None,
        asynchronous: EventInvoke { maximum_retry_attempts: 0, maximum_event_age: Duration::from_secs(60) },
        allows_recursion: false,
    }
}

/// Starts a host whose function, `scripted`, `change` may alter, and where `faults` happen: a list in YAML.
pub(crate) async fn start_with_faults(faults: &str, change: impl FnOnce(&mut Function)) -> Stack {
    let executable = scripted_function().await;
    let plan = Plan::parse(&format!("{{seed: 1, faults: [{faults}]}}")).unwrap();
    start_all(executable, Some(plan), change).await
}

/// Starts a host whose function, `scripted`, `change` may alter.
pub(crate) async fn start(change: impl FnOnce(&mut Function)) -> Stack {
    let executable = scripted_function().await;
    start_with(executable, change).await
}

pub(crate) async fn start_with(executable: PathBuf, change: impl FnOnce(&mut Function)) -> Stack {
    start_all(executable, None, change).await
}

async fn start_all(executable: PathBuf, plan: Option<Plan>, change: impl FnOnce(&mut Function)) -> Stack {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut function = function("Scripted", Path::new("/nonexistent"), None);
    change(&mut function);
    let endpoints = Endpoints {
        dynamodb: "http://127.0.0.1:1".to_owned(),
        lambda: url.clone(),
        apis: ApiHosts::default(),
        trust: None,
    };
    let environment = environment(&function, &endpoints);
    let shutdown = CancellationToken::new();
    let program = Program::of_executable(executable, &function.code);
    let named = [Named { logical_id: function.logical_id.clone(), name: function.name.clone() }];
    let scope = Scope { functions: Some(&named), tables: None };
    let faults = plan.map(|plan| plan.within(scope, Reporter::default()).unwrap()).unwrap_or_default();
    let functions = vec![RunnableFunction { function, program, environment }];
    Stack {
        url,
        host: Arc::new(Host::start(listener, functions, None, &faults, Reporter::default(), shutdown.clone())),
        shutdown,
    }
}

impl Stack {
    /// Tells the function what to do, and waits for what comes of it.
    pub(crate) async fn tell(&self, command: &str) -> Answer {
        self.post("scripted", &[], json!({ "do": command }).to_string()).await
    }

    /// Asks whether the function could be invoked.
    pub(crate) async fn dry_run(&self) -> Answer {
        self.post("scripted", &[("X-Amz-Invocation-Type", "DryRun")], "{}").await
    }

    /// Tells the function what to do, and does not wait.
    pub(crate) async fn tell_later(&self, command: &str) -> Answer {
        self.post("scripted", &[("X-Amz-Invocation-Type", "Event")], json!({ "do": command }).to_string()).await
    }

    pub(crate) async fn post(&self, name: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
        post(&self.url, name, headers, body).await
    }

    /// Gives the function new code.
    pub(crate) fn replace(&self, executable: &Path) {
        let program = Program::of_executable(executable.to_owned(), &Code::Directory("/nonexistent".into()));
        self.host.replace(BTreeMap::from([("Scripted".to_owned(), program)]));
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.host.stopped()).await.unwrap();
    }
}

pub(crate) async fn post(url: &str, name: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Answer {
    call(Method::POST, &format!("{url}/2015-03-31/functions/{name}/invocations"), headers, body).await
}

pub(crate) async fn call(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, url).body(body).timeout(PATIENCE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
    Answer { status, headers, body }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }
}

/// Where the function connects to: as a witness of its events, or at a gate.
pub(crate) struct Door(TcpListener);

impl Door {
    pub(crate) async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// The next process that arrives.
    pub(crate) async fn arrival(&self) -> TcpStream {
        timeout(PATIENCE, self.0.accept()).await.unwrap().unwrap().0
    }

    /// The next event that a process tells of.
    pub(crate) async fn event(&self) -> Value {
        let mut line = String::new();
        timeout(PATIENCE, BufReader::new(self.arrival().await).read_line(&mut line)).await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }
}
