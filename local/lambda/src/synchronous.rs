//! Synchronous invocations: rejected at the template's limit, queued at the machine's, run once, and answered.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::execution::{InvocationOutcome, execute};
use super::functions::HostedFunctions;
use super::invoke_rejection::InvokeRejection;
use super::pool::Pool;
use super::request::InvokeRequest;

const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// Runs an invocation in its turn, and returns what its caller gets. Until the invocation begins, dropping the future
/// takes it out of the queue.
pub(super) async fn invoke(
    host: &HostedFunctions,
    pool: Arc<Pool>,
    request: InvokeRequest,
) -> Result<Response, InvokeRejection> {
    if pool.faults.throttles_function(&pool.function.function.name, &request.id) {
        return Err(InvokeRejection::Concurrency);
    }
    let reservation = pool.reserve_now().ok_or(InvokeRejection::ReservedConcurrency)?;
    let place = host.callers.place(request.payload.len()).ok_or_else(|| {
        let name = &pool.function.function.name;
        pool.reporter.note_about(name, "too many invocations wait for an instance: an invocation was rejected");
        InvokeRejection::Concurrency
    })?;
    // The HTTP server drops this future when the caller hangs up.
    let admission = pool.admit(reservation).await.ok_or(InvokeRejection::Abandoned)?;
    drop(place);
    let executed = executed_version(request.qualifier.as_deref());
    let (reply, outcome) = oneshot::channel();
    // A task of its own: as on Lambda, an invocation that has begun goes on when its caller hangs up.
    host.tasks.spawn(async move { execute(&pool, admission, request, reply).await });
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let version = (EXECUTED_VERSION, executed);
    let error = (FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    match outcome.await {
        Ok(InvocationOutcome::Returned(payload)) => Ok(([json, version], payload).into_response()),
        Ok(InvocationOutcome::Failed(payload)) => Ok(([json, version, error], payload).into_response()),
        Err(_gone) => Err(InvokeRejection::Abandoned),
    }
}

/// The version behind a qualifier: a version itself, and `$LATEST` behind each alias.
fn executed_version(qualifier: Option<&str>) -> HeaderValue {
    let version = qualifier.filter(|qualifier| qualifier.bytes().all(|byte| byte.is_ascii_digit()));
    version.and_then(|version| HeaderValue::try_from(version).ok()).unwrap_or(HeaderValue::from_static("$LATEST"))
}
