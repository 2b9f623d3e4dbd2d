//! Another Lambda endpoint behind our port: `cargo lambda watch`, `sam local start-lambda`, or anything else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::loopback;
use super::refusal::{MAX_SYNCHRONOUS_BYTES, Refusal};
use crate::console;

/// How long a forwarded call may take: a function runs for 15 minutes at most, and may have to be built before.
const CALL_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Headers that belong to one connection, not to the message.
const HOP_BY_HOP: [header::HeaderName; 6] =
    [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE, header::HOST];

struct Upstream {
    http: reqwest::Client,
    endpoint: String,
}

/// Passes every call at `listener` on to the Lambda endpoint at `upstream`, until `shutdown`.
pub async fn forward(listener: TcpListener, upstream: String, shutdown: CancellationToken) {
    let endpoint = upstream.trim_end_matches('/').to_owned();
    let router = Router::new()
        .fallback(pass_on)
        .layer(DefaultBodyLimit::max(MAX_SYNCHRONOUS_BYTES))
        .layer(middleware::from_fn(loopback::refuse_browsers))
        .with_state(Arc::new(Upstream { http: reqwest::Client::new(), endpoint }));
    let server = axum::serve(loopback::without_delay(listener), router);
    // Calls under way are not waited for: they last as long as their functions run.
    if let Some(Err(error)) = shutdown.run_until_cancelled(server.into_future()).await {
        console::warning(format_args!("the Lambda endpoint ended: {error}"));
    }
}

async fn pass_on(
    State(upstream): State<Arc<Upstream>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let call = upstream
        .http
        .request(method, format!("{}{path}", upstream.endpoint))
        .headers(end_to_end(headers))
        .body(body)
        .timeout(CALL_LIMIT);
    match call.send().await {
        Ok(answer) => {
            let (mut parts, body) = axum::http::Response::from(answer).into_parts();
            parts.headers = end_to_end(parts.headers);
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) => {
            let reason = if error.is_timeout() { "gave no answer in time" } else { "cannot be reached" };
            let message = format!("the Lambda endpoint {} {reason}", upstream.endpoint);
            console::warning(format_args!("{message}: {error}"));
            Refusal::NoUpstream(message).into_response()
        }
    }
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}
