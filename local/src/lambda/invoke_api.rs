//! The Invoke API: how everybody else reaches functions.
//!
//! Signatures are not checked, for the port is on loopback and SDKs send any. Browsers are refused: a web page must not
//! be able to invoke functions.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::{Listener, ListenerExt};
use axum::{Json, Router, middleware};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::sleep;
use uuid::Uuid;

use super::events;
use super::host::Shared;
use super::pool::{Outcome, Pool};
use super::process::{Request, arn};
use crate::console;

/// The largest event of a synchronous invocation: 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) const MAX_SYNCHRONOUS_BYTES: usize = 6 * 1024 * 1024;

/// The largest event of an asynchronous invocation: 1 MB since October 2025, 256 KB before.
/// <https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb>
const MAX_ASYNCHRONOUS_BYTES: usize = 1024 * 1024;

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
pub(super) async fn serve(listener: TcpListener, host: Arc<Shared>) {
    let shutdown = host.shutdown.clone();
    let router = Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .fallback(unknown_operation)
        .layer(DefaultBodyLimit::max(MAX_SYNCHRONOUS_BYTES))
        .layer(middleware::from_fn(refuse_browsers))
        .with_state(host);
    let server = axum::serve(without_delay(listener), router)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    let too_long = async {
        shutdown.cancelled().await;
        sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        ended = server => if let Err(error) = ended {
            console::warning(format_args!("the Lambda endpoint ended: {error}"));
        },
        () = too_long => {}
    }
}

/// Small answers leave at once.
pub(super) fn without_delay(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = std::net::SocketAddr> {
    listener.tap_io(|stream| {
        // Without it answers are late, not wrong.
        let _ = stream.set_nodelay(true);
    })
}

/// Only browsers send `Origin`, and they always do with requests that do more than read.
pub(super) async fn refuse_browsers(request: HttpRequest, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return refusal(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            json!({ "Message": "requests of web pages are refused: the header Origin is present" }),
        );
    }
    next.run(request).await
}

async fn invoke(
    State(host): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let mut response = match answer(&host, &name, &request_id, &headers, body).await {
        Ok(response) | Err(response) => response,
    };
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    response
}

/// Both sides are answers; the error side is a refusal.
async fn answer(
    host: &Arc<Shared>,
    name: &str,
    request_id: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let pool = find(host, name)?;
    let invocation_type = invocation_type(headers)?;
    let request = Request {
        id: request_id.to_owned(),
        trace_id: trace_id(headers),
        client_context: client_context(headers),
        payload: payload(body, &invocation_type)?,
    };
    match invocation_type {
        InvocationType::DryRun => Ok(StatusCode::NO_CONTENT.into_response()),
        InvocationType::RequestResponse => invoke_and_wait(host, pool, request).await,
        InvocationType::Event => {
            let place = host.events.place().ok_or_else(|| {
                console::from(name, "the queue of events is full: an event was refused");
                throttled("ConcurrentInvocationLimitExceeded")
            })?;
            let shutdown = host.shutdown.clone();
            host.tasks.spawn(events::deliver(Arc::clone(pool), request, place, shutdown));
            Ok(StatusCode::ACCEPTED.into_response())
        }
    }
}

async fn invoke_and_wait(host: &Shared, pool: &Arc<Pool>, request: Request) -> Result<Response, Response> {
    let admission = pool.admit_now().ok_or_else(|| {
        throttled(match pool.function.function.reserved_concurrency {
            Some(_) => "ReservedFunctionConcurrentInvocationLimitExceeded",
            None => "ConcurrentInvocationLimitExceeded",
        })
    })?;
    let (reply, outcome) = oneshot::channel();
    // A task of its own: as on Lambda, an invocation goes on when its caller hangs up.
    let pool = Arc::clone(pool);
    host.tasks.spawn(async move { pool.execute(admission, request, reply).await });
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let version = (HeaderName::from_static("x-amz-executed-version"), HeaderValue::from_static("$LATEST"));
    let error = (HeaderName::from_static("x-amz-function-error"), HeaderValue::from_static("Unhandled"));
    match outcome.await {
        Ok(Outcome::Returned(payload)) => Ok(([json, version], payload).into_response()),
        Ok(Outcome::Failed(payload)) => Ok(([json, version, error], payload).into_response()),
        Err(_gone) => {
            let body = json!({ "Type": "Service", "Message": "the invocation was abandoned" });
            Err(refusal(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", body))
        }
    }
}

/// Finds a function by `NAME`, `NAME:QUALIFIER`, an ARN or a part of one. There are no versions and no aliases here:
/// any qualifier means the current code.
fn find<'a>(host: &'a Shared, name: &str) -> Result<&'a Arc<Pool>, Response> {
    let unqualified = unqualified(name);
    host.find(unqualified).ok_or_else(|| {
        let existing = host.names().join("`, `");
        console::warning(format_args!("`{unqualified}` was invoked, but the template's functions are `{existing}`"));
        let body = json!({ "Type": "User", "Message": format!("Function not found: {}", arn(unqualified)) });
        refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", body)
    })
}

fn unqualified(name: &str) -> &str {
    let name = name.rsplit_once("function:").map_or(name, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

fn invocation_type(headers: &HeaderMap) -> Result<InvocationType, Response> {
    match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(InvocationType::RequestResponse),
        Some(b"Event") => Ok(InvocationType::Event),
        Some(b"DryRun") => Ok(InvocationType::DryRun),
        Some(_) => {
            let body = json!({ "Type": "User", "message": "Unsupported invocation type" });
            Err(refusal(StatusCode::BAD_REQUEST, "InvalidParameterValueException", body))
        }
    }
}

fn payload(body: Result<Bytes, BytesRejection>, invocation_type: &InvocationType) -> Result<Bytes, Response> {
    let too_large = |message: String| {
        let body = json!({ "Type": "User", "message": message });
        refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", body)
    };
    let payload = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(format!(
            "Request must be smaller than {MAX_SYNCHRONOUS_BYTES} bytes for the InvokeFunction operation"
        )),
        // The connection broke halfway: nobody is left to answer.
        _ => error.into_response(),
    })?;
    let size = payload.len();
    if matches!(invocation_type, InvocationType::Event) && size > MAX_ASYNCHRONOUS_BYTES {
        return Err(too_large(format!(
            "{size} byte payload is too large for the Event invocation type (limit {MAX_ASYNCHRONOUS_BYTES} bytes)"
        )));
    }
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => {
            let message = format!("Could not parse request body into json: {error}");
            let body = json!({ "Type": "User", "Message": message });
            Err(refusal(StatusCode::BAD_REQUEST, "InvalidRequestContentException", body))
        }
    }
}

/// The caller's, or a new one: `Root=1-{seconds}-{96 bits};Parent={64 bits};Sampled=0`.
fn trace_id(headers: &HeaderMap) -> HeaderValue {
    headers.get(TRACE_ID).cloned().unwrap_or_else(|| {
        let seconds = jiff::Timestamp::now().as_second();
        let (root, parent): (u128, u64) = (rand::random::<u128>() >> 32, rand::random());
        let trace_id = format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0");
        HeaderValue::try_from(trace_id).unwrap_or(HeaderValue::from_static(""))
    })
}

/// Callers send JSON in base64, runtimes expect JSON.
fn client_context(headers: &HeaderMap) -> Option<HeaderValue> {
    let encoded = headers.get("x-amz-client-context")?;
    HeaderValue::try_from(BASE64_STANDARD.decode(encoded).ok()?).ok()
}

fn throttled(reason: &str) -> Response {
    let body = json!({ "Reason": reason, "Type": "User", "message": "Rate Exceeded." });
    refusal(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", body)
}

async fn unknown_operation() -> Response {
    let body = json!({ "Message": "the local Lambda endpoint knows one operation: Invoke" });
    refusal(StatusCode::NOT_FOUND, "UnknownOperationException", body)
}

fn refusal(status: StatusCode, error_type: &'static str, body: serde_json::Value) -> Response {
    (status, [("x-amzn-errortype", error_type)], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::unqualified;

    #[test]
    fn a_function_has_many_names() {
        for name in [
            "echo",
            "echo:$LATEST",
            "echo:live",
            "function:echo",
            "123456789012:function:echo",
            "arn:aws:lambda:us-east-1:123456789012:function:echo",
            "arn:aws:lambda:us-east-1:123456789012:function:echo:live",
        ] {
            assert_eq!(unqualified(name), "echo");
        }
    }
}
