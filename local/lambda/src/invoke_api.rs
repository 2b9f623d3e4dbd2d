//! The Invoke API: how everybody else reaches functions.
//!
//! Signatures are not checked: SDKs send any. Browsers are refused: a web page must not
//! be able to invoke functions.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, middleware};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::IgnoredAny;
use tokio::net::TcpListener;
use tokio::time::sleep;
use uuid::Uuid;

use super::backlog::Place;
use super::function_arn::function_arn;
use super::functions::HostedFunctions;
use super::invoke_rejection::{InvokeRejection, MAX_ASYNCHRONOUS_BYTES, MAX_SYNCHRONOUS_BYTES};
use super::lineage::{self, Link};
use super::pool::Pool;
use super::request::InvokeRequest;
use super::{events, function_name, synchronous};
use local_core::invocation::FunctionReference;
use local_core::loopback;

/// How long callers may take to send or read the rest when the host stops: a little more than a process may take to end.
const DRAIN_LIMIT: Duration = Duration::from_secs(3);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

/// Serves until the host shuts down.
pub(super) async fn serve(listener: TcpListener, host: Arc<HostedFunctions>) {
    let (reporter, shutdown) = (host.reporter.clone(), host.shutdown.clone());
    let router = Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .fallback(unknown_operation)
        .layer(DefaultBodyLimit::max(MAX_SYNCHRONOUS_BYTES))
        .layer(middleware::from_fn(loopback::refuse_browsers))
        .with_state(host);
    let server = axum::serve(loopback::without_delay(listener), router)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    let drained = async {
        shutdown.cancelled().await;
        sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        ended = server => if let Err(error) = ended {
            reporter.warning(format_args!("the Lambda endpoint ended: {error}"));
        },
        () = drained => {}
    }
}

async fn invoke(
    State(host): State<Arc<HostedFunctions>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let response = match function_name::parse(&name, query.as_deref()) {
        Ok(function) => answer(&host, function, &request_id, &headers, body).await,
        Err(refusal) => Err(refusal),
    };
    let mut response = response.unwrap_or_else(InvokeRejection::into_response);
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    response
}

/// Not every SDK shows the answer's words to the person.
async fn unknown_operation(State(host): State<Arc<HostedFunctions>>, method: Method, uri: Uri) -> InvokeRejection {
    host.reporter.warning(format_args!("`{method} {}` was called, which is no local service's", uri.path()));
    InvokeRejection::UnknownOperation
}

async fn answer(
    host: &HostedFunctions,
    function: FunctionReference,
    request_id: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, InvokeRejection> {
    let pool = find(host, &function)?;
    let invocation_type = invocation_type(headers)?;
    let payload = payload(body, &invocation_type)?;
    let Some(trace_id) = trace_id(headers, &pool) else {
        return stopped(&pool, request_id, &invocation_type);
    };
    let request = InvokeRequest {
        id: request_id.to_owned(),
        qualifier: function.qualifier,
        trace_id,
        client_context: client_context(headers),
        payload,
    };
    if let Some(recorder) = &host.recorder {
        recorder.record(&pool.function.function.name, &request.payload).await;
    }
    match invocation_type {
        InvocationType::DryRun => Ok(StatusCode::NO_CONTENT.into_response()),
        InvocationType::RequestResponse => synchronous::invoke(host, pool, request).await,
        InvocationType::Event => {
            let place = host.events.place(request.payload.len()).ok_or_else(|| {
                host.reporter.note_about(&function.name, "the queue of events is full: an event was refused");
                InvokeRejection::Concurrency
            })?;
            take(host, pool, request, place);
            Ok(StatusCode::ACCEPTED.into_response())
        }
    }
}

/// Takes an event for later, and once more where a fault says so and there is a place for it.
fn take(host: &HostedFunctions, pool: Arc<Pool>, request: InvokeRequest, place: Place) {
    let (name, faults) = (&pool.function.function.name, &pool.faults);
    let again = faults.repeats_event(name, &request.id).then(|| host.events.place(request.payload.len())).flatten();
    for place in [Some(place), again].into_iter().flatten() {
        let delay = faults.event_delay(name, &request.id);
        let delivered = events::deliver(Arc::clone(&pool), request.clone(), place, delay, host.shutdown.clone());
        host.tasks.spawn(delivered);
    }
}

/// Finds a function. Every alias and every version is the code at hand.
fn find(host: &HostedFunctions, function: &FunctionReference) -> Result<Arc<Pool>, InvokeRejection> {
    host.find(&function.name).ok_or_else(|| {
        let existing = match host.names().as_slice() {
            [] => "none".to_owned(),
            names => format!("`{}`", names.join("`, `")),
        };
        // Escaped: it comes from whoever calls, and a terminal obeys some of it.
        let shown = function.name.escape_debug();
        host.reporter.warning(format_args!("`{shown}` was invoked, but the template's functions are {existing}"));
        InvokeRejection::UnknownFunction(function.to_string())
    })
}

fn invocation_type(headers: &HeaderMap) -> Result<InvocationType, InvokeRejection> {
    match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(InvocationType::RequestResponse),
        Some(b"Event") => Ok(InvocationType::Event),
        Some(b"DryRun") => Ok(InvocationType::DryRun),
        Some(_) => Err(InvokeRejection::UnknownInvocationType),
    }
}

fn payload(body: Result<Bytes, BytesRejection>, invocation_type: &InvocationType) -> Result<Bytes, InvokeRejection> {
    // If it is not the size, the connection broke halfway, and nobody reads what is said about it.
    let payload = body.map_err(|_too_large| InvokeRejection::TooLarge)?;
    if matches!(invocation_type, InvocationType::Event) && payload.len() > MAX_ASYNCHRONOUS_BYTES {
        return Err(InvokeRejection::TooLargeForLater(payload.len()));
    }
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    serde_json::from_slice::<IgnoredAny>(&payload).map_err(InvokeRejection::NotJson)?;
    Ok(payload)
}

/// The caller's, or a new one, `Root=1-{seconds}-{96 bits};Parent={64 bits};Sampled=0`, with the invocation's place in its
/// chain; `None` if the chain ends here.
fn trace_id(headers: &HeaderMap, pool: &Pool) -> Option<HeaderValue> {
    let of_caller = headers.get(TRACE_ID).and_then(|trace_id| trace_id.to_str().ok()).map(str::to_owned);
    let trace_id = of_caller.unwrap_or_else(|| {
        let seconds = jiff::Timestamp::now().as_second();
        let (root, parent): (u128, u64) = (rand::random::<u128>() >> 32, rand::random());
        format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
    });
    let function = &pool.function.function;
    match lineage::link(&trace_id, &function_arn(&function.name), function.allows_recursion) {
        Link::Next(trace_id) => Some(HeaderValue::try_from(trace_id).unwrap_or(HeaderValue::from_static(""))),
        Link::OneTooMany => None,
    }
}

/// Ends a chain: an event is accepted and dropped, as on AWS, and only a caller who waits is told.
fn stopped(pool: &Pool, request_id: &str, invocation_type: &InvocationType) -> Result<Response, InvokeRejection> {
    let name = &pool.function.function.name;
    let why = "one chain of invocations has come to the function 16 times (`RecursiveLoop: Allow` lets it go on)";
    match invocation_type {
        InvocationType::DryRun => Ok(StatusCode::NO_CONTENT.into_response()),
        InvocationType::Event => {
            let destination = "on AWS it goes to the dead-letter queue or the on-failure destination";
            pool.reporter.note_about(name, format_args!("dropped event {request_id}: {why}; {destination}"));
            Ok(StatusCode::ACCEPTED.into_response())
        }
        InvocationType::RequestResponse => {
            pool.reporter.note_about(name, format_args!("refused invocation {request_id}: {why}"));
            Err(InvokeRejection::Recursion)
        }
    }
}

/// Callers send JSON in base64, runtimes expect JSON.
fn client_context(headers: &HeaderMap) -> Option<HeaderValue> {
    let encoded = headers.get("x-amz-client-context")?;
    HeaderValue::try_from(BASE64_STANDARD.decode(encoded).ok()?).ok()
}
