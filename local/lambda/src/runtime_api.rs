//! The Runtime API: what a function's runtime polls for work and answers to.
//!
//! Each process has a listener of its own. Lambda's contract is `http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/…`, and not
//! every language's runtime keeps a path that stands in that variable, so only the port can tell processes apart.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::function_failure::MAX_RESPONSE_BYTES;
use local_core::loopback;

/// One invocation, as `next` hands it out.
#[derive(Debug)]
pub(super) struct Assignment {
    /// The request id, a UUID.
    pub(super) request_id: HeaderValue,
    /// The ARN that the function is invoked by, with the alias or version if the caller named one.
    pub(super) function_arn: HeaderValue,
    /// When the function's time ends, in milliseconds since 1970.
    pub(super) deadline_ms: u128,
    /// The tracing header.
    pub(super) trace_id: HeaderValue,
    /// `X-Amz-Client-Context` of the caller, decoded.
    pub(super) client_context: Option<HeaderValue>,
    /// The event.
    pub(super) payload: Bytes,
}

/// What the function's runtime did.
#[derive(Debug)]
pub(super) enum RuntimeEvent {
    /// It asked for the next invocation.
    Polled,
    /// It answered the current invocation.
    Answered(Bytes),
    /// It reported that the current invocation failed.
    Failed(Bytes),
    /// Its answer was above [`MAX_RESPONSE_BYTES`].
    AnsweredTooMuch,
    /// It reported that it cannot start.
    InitFailed(Bytes),
}

/// The host's end of one process's Runtime API, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    /// Where it listens: the value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: SocketAddr,
    /// Invocations for the process. It takes one at a time.
    pub(super) assignments: mpsc::Sender<Assignment>,
    /// What the process did.
    pub(super) events: mpsc::Receiver<RuntimeEvent>,
    _server: DropGuard,
}

/// Several polls may be open at once if a runtime reconnects; beyond these it waits.
const EVENT_BUFFER: usize = 4;

struct Session {
    assignments: tokio::sync::Mutex<mpsc::Receiver<Assignment>>,
    events: mpsc::Sender<RuntimeEvent>,
    /// The request id that `next` gave out and nobody answered yet.
    current: std::sync::Mutex<Option<HeaderValue>>,
}

impl RuntimeApi {
    /// Listens on a free loopback port.
    pub(super) async fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (assignments, receiver) = mpsc::channel(1);
        let (sender, events) = mpsc::channel(EVENT_BUFFER);
        let session = Session { assignments: receiver.into(), events: sender, current: std::sync::Mutex::default() };
        let stop = CancellationToken::new();
        let server = axum::serve(loopback::without_delay(listener), router(session))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(server.into_future());
        Ok(Self { address, assignments, events, _server: stop.drop_guard() })
    }
}

fn router(session: Session) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_RESPONSE_BYTES))
        .layer(middleware::from_fn(loopback::refuse_browsers))
        .with_state(Arc::new(session))
}

async fn next(State(session): State<Arc<Session>>) -> Response {
    let mut assignments = session.assignments.lock().await;
    if session.current().is_some() {
        return refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", "the last invocation is not answered yet");
    }
    if session.events.send(RuntimeEvent::Polled).await.is_err() {
        return stopping();
    }
    let Some(assignment) = assignments.recv().await else {
        return stopping();
    };
    *session.current() = Some(assignment.request_id.clone());
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("lambda-runtime-aws-request-id"), assignment.request_id);
    if let Ok(deadline) = HeaderValue::try_from(assignment.deadline_ms.to_string()) {
        headers.insert(HeaderName::from_static("lambda-runtime-deadline-ms"), deadline);
    }
    headers.insert(HeaderName::from_static("lambda-runtime-invoked-function-arn"), assignment.function_arn);
    headers.insert(HeaderName::from_static("lambda-runtime-trace-id"), assignment.trace_id);
    if let Some(context) = assignment.client_context {
        headers.insert(HeaderName::from_static("lambda-runtime-client-context"), context);
    }
    (headers, assignment.payload).into_response()
}

/// A response in streaming mode arrives here too: it is collected, and the caller gets it in one piece.
async fn response(
    State(session): State<Arc<Session>>,
    Path(request_id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (event, answer) = match body {
        Ok(payload) => (RuntimeEvent::Answered(payload), accepted()),
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => (
            RuntimeEvent::AnsweredTooMuch,
            refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."),
            ),
        ),
        // The connection broke halfway: nobody is left to answer.
        Err(error) => return error.into_response(),
    };
    session.settle(&request_id, event, answer).await
}

async fn error(
    State(session): State<Arc<Session>>,
    Path(request_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let event = RuntimeEvent::Failed(error_payload(&headers, body));
    session.settle(&request_id, event, accepted()).await
}

async fn init_error(State(session): State<Arc<Session>>, headers: HeaderMap, body: Bytes) -> Response {
    // Nobody listens only when the process is about to be killed.
    let _ = session.events.send(RuntimeEvent::InitFailed(error_payload(&headers, body))).await;
    accepted()
}

impl Session {
    fn current(&self) -> std::sync::MutexGuard<'_, Option<HeaderValue>> {
        // The guarded value is replaced as a whole: a panic elsewhere cannot leave it half changed.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn settle(&self, request_id: &str, event: RuntimeEvent, answer: Response) -> Response {
        let is_current = self.current().take_if(|current| current.as_bytes() == request_id.as_bytes()).is_some();
        if !is_current {
            return refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID");
        }
        match self.events.send(event).await {
            Ok(()) => answer,
            Err(_closed) => stopping(),
        }
    }
}

/// A runtime may report an error by the header alone.
fn error_payload(headers: &HeaderMap, body: Bytes) -> Bytes {
    if matches!(serde_json::from_slice(&body), Ok(Value::Object(_))) {
        return body;
    }
    let error_type = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    json!({ "errorType": error_type.unwrap_or("Unhandled"), "errorMessage": String::from_utf8_lossy(&body) })
        .to_string()
        .into()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn stopping() -> Response {
    refusal(StatusCode::SERVICE_UNAVAILABLE, "Runtime.Stopping", "the execution environment is shutting down")
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    (status, Json(json!({ "errorType": error_type, "errorMessage": message }))).into_response()
}
