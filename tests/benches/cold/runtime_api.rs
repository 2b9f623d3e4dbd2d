//! The Lambda Runtime API of one process.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

use super::server::Server;

/// What a function may take for an event.
const TIMEOUT: Duration = Duration::from_secs(15);
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:cold";
const REQUEST_ID: &str = "8fe65e61-7dec-11d0-a765-00a0c91e6bf6";

/// An API at which one process polls for events.
pub(crate) struct RuntimeApi {
    server: Server,
    polls: mpsc::Receiver<Instant>,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<(Instant, Value)>,
}

/// The process's side of the channels.
struct Session {
    polls: mpsc::Sender<Instant>,
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<(Instant, Value)>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let (polled, polls) = mpsc::channel(1);
        let (events, next_event) = mpsc::channel(1);
        let (answered, answers) = mpsc::channel(1);
        let session = Arc::new(Session { polls: polled, events: Mutex::new(next_event), answers: answered });
        let server = Server::start(None, move |request| {
            let session = Arc::clone(&session);
            async move { session.answer(request).await }
        });
        Self { server: server.await, polls, events, answers }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn authority(&self) -> String {
        self.server.address().to_string()
    }

    /// Waits until the process asks for an event.
    pub(crate) async fn polled(&mut self) -> Instant {
        let polled = tokio::time::timeout(2 * TIMEOUT, self.polls.recv()).await;
        polled.expect("the process asks for an event in time").expect("the API is being served")
    }

    /// Gives an event to the process, and waits for its answer.
    pub(crate) async fn invoke(&mut self, event: Value) -> (Instant, Value) {
        self.events.send(event).await.expect("the API is being served");
        let answered = tokio::time::timeout(2 * TIMEOUT, self.answers.recv()).await;
        answered.expect("the process answers in time").expect("the API is being served")
    }
}

impl Session {
    async fn answer(&self, request: Request<Bytes>) -> Response<Body> {
        let path = request.uri().path();
        if path.ends_with("/invocation/next") {
            return self.next().await;
        }
        let body = String::from_utf8_lossy(request.body());
        assert!(path.ends_with("/response"), "the function failed: {path}: {body}");
        let answer = serde_json::from_str(&body).expect("answers are JSON");
        // The bench has ended if the channel is closed.
        let _ = self.answers.send((Instant::now(), answer)).await;
        let accepted = Response::builder().status(StatusCode::ACCEPTED).body(Body::empty());
        accepted.expect("a valid response")
    }

    async fn next(&self) -> Response<Body> {
        let _ = self.polls.send(Instant::now()).await;
        let Some(event) = self.events.lock().await.recv().await else {
            return Response::builder().status(StatusCode::GONE).body(Body::empty()).expect("a valid response");
        };
        let deadline = UNIX_EPOCH.elapsed().expect("it is past 1970") + TIMEOUT;
        Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", REQUEST_ID)
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", FUNCTION_ARN)
            .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
            .body(event.to_string().into())
            .expect("a valid response")
    }
}
