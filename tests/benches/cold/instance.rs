//! One process of a function, started and measured as Lambda starts it.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::figures::Phase;
use super::processor_share::ProcessorShare;
use super::processor_time;
use super::rooms::ENDPOINT;
use super::runtime_api::RuntimeApi;
use super::server::Server;

/// What processes call, and the limit that they run under.
pub(crate) struct Host<'a> {
    pub(crate) database: &'a Server,
    pub(crate) stage: &'a Server,
    pub(crate) lambda: &'a Server,
    pub(crate) root_file: &'a Path,
    pub(crate) share: Option<&'a ProcessorShare>,
}

/// A running process. It ends when it is dropped.
pub(crate) struct Instance<'a> {
    host: &'a Host<'a>,
    api: RuntimeApi,
    child: Child,
    process: u32,
    init: Phase,
}

/// What had been counted when a phase began.
struct Counts {
    database_handshakes: usize,
    stage_handshakes: usize,
    stage_requests: usize,
    lambda_handshakes: usize,
    lambda_requests: usize,
}

impl<'a> Instance<'a> {
    /// Starts a process, and waits until it asks for its first event. From then on it has the share of a processor that
    /// belongs to its memory.
    pub(crate) async fn start(host: &'a Host<'a>, program: &Path, memory_megabytes: u64) -> Self {
        let mut api = RuntimeApi::start().await;
        let before = host.counts();
        if let Some(share) = host.share {
            share.allow_one_processor();
        }
        let began = Instant::now();
        let child = Command::new(program)
            .env_clear()
            .envs(host.environment(&api, memory_megabytes))
            .stdin(Stdio::null())
            // The log.
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the function starts");
        let process = child.id().expect("the function runs");
        if let Some(share) = host.share {
            share.add(process);
        }
        let wall = api.polled().await.duration_since(began);
        if let Some(share) = host.share {
            share.limit_to(memory_megabytes);
        }
        let processor = processor_time::once_idle(process).await;
        let init = host.phase(wall, processor, &before);
        Self { host, api, child, process, init }
    }

    /// The time until it asked for its first event.
    pub(crate) fn init(&self) -> Phase {
        self.init
    }

    /// Lets it handle an event: what that took, and its answer. The processor time includes what it does until it asks for
    /// the next event.
    pub(crate) async fn handle(&mut self, event: Value) -> (Phase, Value) {
        let (counts, before) = (self.host.counts(), processor_time::once_idle(self.process).await);
        let began = Instant::now();
        let (answered, answer) = self.api.invoke(event).await;
        self.api.polled().await;
        let processor = processor_time::once_idle(self.process).await.saturating_sub(before);
        (self.host.phase(answered.duration_since(began), processor, &counts), answer)
    }

    pub(crate) async fn stop(mut self) {
        self.child.kill().await.expect("the function can be ended");
    }
}

impl Host<'_> {
    /// The environment that Lambda sets, and the variables of the template.
    fn environment(&self, api: &RuntimeApi, memory_megabytes: u64) -> Vec<(&'static str, String)> {
        let of_this_run = [
            ("AWS_LAMBDA_RUNTIME_API", api.authority()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_megabytes.to_string()),
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://{}", self.database.address())),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", format!("https://{}/dev", self.stage.address())),
            ("AWS_ENDPOINT_URL_LAMBDA", format!("https://{}", self.lambda.address())),
            ("SSL_CERT_FILE", self.root_file.display().to_string()),
        ];
        let fixed = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_LAMBDA_FUNCTION_NAME", "cold"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/cold"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/02/[$LATEST]8fe65e617dec11d0a76500a0c91e6bf6"),
            ("LANG", "en_US.UTF-8"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
            ("TZ", ":UTC"),
            ("_HANDLER", "bootstrap"),
            ("CONNECTIONS_TABLE", "Connections"),
            ("COUNTERS_TABLE", "Counters"),
            ("FANOUT_FUNCTION", "fanout"),
            ("REVIEW_BUDGET_MILLISECONDS", "200"),
            ("ROOMS_TABLE", "Rooms"),
            ("TOKENS_TABLE", "Tokens"),
            ("WEBSOCKET_ENDPOINT", ENDPOINT),
        ];
        of_this_run.into_iter().chain(fixed.map(|(name, value)| (name, value.to_owned()))).collect()
    }

    fn counts(&self) -> Counts {
        Counts {
            database_handshakes: self.database.handshakes(),
            stage_handshakes: self.stage.handshakes(),
            stage_requests: self.stage.requests(),
            lambda_handshakes: self.lambda.handshakes(),
            lambda_requests: self.lambda.requests(),
        }
    }

    fn phase(&self, wall: Duration, processor: Duration, before: &Counts) -> Phase {
        let now = self.counts();
        Phase {
            wall,
            processor,
            database_handshakes: now.database_handshakes - before.database_handshakes,
            stage_handshakes: now.stage_handshakes - before.stage_handshakes,
            posts: now.stage_requests - before.stage_requests,
            lambda_handshakes: now.lambda_handshakes - before.lambda_handshakes,
            jobs: now.lambda_requests - before.lambda_requests,
        }
    }
}
