//! The page's server: the files of a directory, what the stack serves, and the page's way to HTTP APIs that ask for
//! signed requests, since a page cannot keep a secret.

mod origin;
mod proxy;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::services::ServeDir;

use local_core::events::Reporter;
use local_core::http_server;

/// How long an HTTP API may take to answer the page: its longest integration timeout.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Scripts, styles and everything else from here; WebSockets and HTTPS calls to anywhere, so that the page can also talk
/// to a deployed stack.
const CONTENT_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss: https:; img-src 'self' data:; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// What the page's server shows.
#[derive(Clone, Debug)]
pub struct Site {
    /// The page's files; `index.html` stands for the directory.
    pub directory: PathBuf,
    /// Where the page is opened, such as `127.0.0.1:3000`; the machine's loopback names are as good.
    pub authority: String,
    /// What `/stack.json` says.
    pub stack: Value,
    /// Base URL by logical id of the HTTP APIs that `POST /http-apis/{Id}/{path…}` reaches.
    pub http_apis: BTreeMap<String, String>,
}

/// Serves `site` until `shutdown`.
pub async fn serve(listener: TcpListener, site: Site, reporter: Reporter, shutdown: CancellationToken) {
    // A stack's own addresses are never behind a proxy. The defaults stand in should the client not start.
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let server = Arc::new(Server { site, client: client.unwrap_or_default() });
    let router = Router::new()
        .route("/stack.json", get(stack))
        .route("/http-apis/{*path}", post(proxy::pass_on))
        .fallback(file)
        .layer(map_response(protect))
        .with_state(server);
    http_server::serve(listener, router, reporter, shutdown).await;
}

struct Server {
    site: Site,
    client: reqwest::Client,
}

async fn stack(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(server.site.stack.clone())
}

async fn file(State(server): State<Arc<Server>>, request: Request) -> Response {
    let directory = &server.site.directory;
    if !tokio::fs::metadata(directory).await.is_ok_and(|metadata| metadata.is_dir()) {
        let text = format!("There is no web page here: the directory `{}` does not exist.\n", directory.display());
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    match ServeDir::new(directory).try_call(request).await {
        Ok(response) => response.into_response(),
        Err(_unreadable) => (StatusCode::INTERNAL_SERVER_ERROR, "This file cannot be read.\n").into_response(),
    }
}

/// Headers of every answer: always the newest files, and nothing of the page from or for other origins.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
