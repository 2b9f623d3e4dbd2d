//! Another service behind our port, for programs and not for web pages.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, middleware};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::events::Reporter;
use crate::loopback;

/// Headers that belong to one connection, not to the message.
const HOP_BY_HOP: [header::HeaderName; 6] =
    [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE, header::HOST];

/// Where calls go.
#[derive(Debug)]
pub struct Upstream {
    /// What it is called in messages, such as `Lambda endpoint`.
    pub name: &'static str,
    /// Its URL, without a slash at the end.
    pub url: String,
    /// The largest body that is passed on, in bytes.
    pub max_body_bytes: usize,
    /// How long a call may take.
    pub call_limit: Duration,
}

struct Passage {
    http: reqwest::Client,
    upstream: Upstream,
    reporter: Reporter,
}

/// What passes every call on to `upstream`.
pub fn router(upstream: Upstream, reporter: Reporter) -> Router {
    Router::new()
        .fallback(pass_on)
        .layer(DefaultBodyLimit::max(upstream.max_body_bytes))
        .with_state(Arc::new(Passage { http: http_client(), upstream, reporter }))
}

/// Serves `router`, which is called `name` in messages, to programs at `listener` until `shutdown`.
pub fn serve<'a>(
    listener: TcpListener,
    name: &'a str,
    router: Router,
    reporter: &'a Reporter,
    shutdown: CancellationToken,
) -> BoxFuture<'a, ()> {
    let router = router.layer(middleware::from_fn(loopback::refuse_browsers));
    let server = axum::serve(loopback::without_delay(listener), router);
    Box::pin(async move {
        // Calls under way are not waited for: they may last as long as functions run.
        if let Some(Err(error)) = shutdown.run_until_cancelled(server.into_future()).await {
            reporter.warning(format_args!("the {name} ended: {error}"));
        }
    })
}

/// A client for other programs on this machine: a proxy for the outside world has no business with them.
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap_or_default()
}

async fn pass_on(
    State(passage): State<Arc<Passage>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let upstream = &passage.upstream;
    let call = passage
        .http
        .request(method, format!("{}{path}", upstream.url))
        .headers(end_to_end(headers))
        .body(body)
        .timeout(upstream.call_limit);
    match call.send().await {
        Ok(answer) => {
            let (mut parts, body) = axum::http::Response::from(answer).into_parts();
            parts.headers = end_to_end(parts.headers);
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) => {
            let reason = if error.is_timeout() { "gave no answer in time" } else { "cannot be reached" };
            let message = format!("the {} {} {reason}", upstream.name, upstream.url);
            passage.reporter.warning(format_args!("{message}: {error}"));
            let body = json!({ "Type": "Service", "__type": "ServiceException", "Message": message });
            (StatusCode::BAD_GATEWAY, [("x-amzn-errortype", "ServiceException")], Json(body)).into_response()
        }
    }
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}
