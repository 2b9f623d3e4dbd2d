//! An API Gateway HTTP API: routes to functions in payload format 2.0, with IAM authorisation
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>).

mod event;
mod path;
mod response;
mod routes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::signature::{Caller, Verifier};
use event::Received;
use local_core::events::{ApiCall, Event, Reporter};
use local_core::http_server::{self, Peer};
use local_core::invocation::{Functions, Invocation};
use local_core::loopback;
use local_core::settings;
use local_sam::HttpApi;

/// Largest body of a request: 10 MB
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
pub const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// How long a client may take to send a body: an HTTP API's longest integration timeout.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What an HTTP API needs besides its routes.
#[derive(Clone)]
pub struct HttpApiOptions {
    /// `domainName` in events, and how clients reach the API, such as `127.0.0.1:3002`.
    pub domain_name: String,
    /// Invokes the functions behind the routes.
    pub functions: Arc<dyn Functions>,
    /// Judges the signatures of routes that ask for one.
    pub verifier: Arc<Verifier>,
    /// Gets each call.
    pub reporter: Reporter,
}

/// Serves `api` until `shutdown`.
pub fn serve(
    listener: TcpListener,
    api: HttpApi,
    options: HttpApiOptions,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let reporter = options.reporter.clone();
    let service = Arc::new(Service { api, options, port });
    let router = Router::new().fallback(answer).with_state(service);
    http_server::serve(listener, router, reporter, shutdown)
}

struct Service {
    api: HttpApi,
    options: HttpApiOptions,
    port: u16,
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (began, request_id) = (Instant::now(), request_id());
    // Escaped: it may be anything, and a terminal obeys some of it.
    let (method, path) = (request.method().to_string(), request.uri().path().escape_debug().to_string());
    let mut call = ApiCall {
        api: service.api.logical_id.clone(),
        method,
        path,
        function: None,
        status: 0,
        duration: Duration::ZERO,
        problem: None,
    };
    let answered = service.route(request, &request_id, &mut call).await;
    let mut response = answered.unwrap_or_else(response::message);
    call.status = response.status().as_u16();
    call.duration = began.elapsed();
    service.options.reporter.report(Event::ApiCall(call));
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

impl Service {
    /// The function's response, or the status of API Gateway's own. HTTP APIs do not tell callers what is wrong with a request:
    /// `call` has it.
    async fn route(&self, request: Request, request_id: &str, call: &mut ApiCall) -> Result<Response, StatusCode> {
        let (parts, body) = request.into_parts();
        let raw_path = path::decode(parts.uri.path()).ok_or(StatusCode::BAD_REQUEST)?;
        let in_stage = path::within_stage(&raw_path, &self.api.stage).ok_or(StatusCode::NOT_FOUND)?;
        let found = routes::select(&self.api.routes, &parts.method, in_stage).ok_or(StatusCode::NOT_FOUND)?;
        call.function = Some(found.route.function.to_string());
        let mut forbid = |reason| {
            call.problem = Some(reason);
            StatusCode::FORBIDDEN
        };
        if found.route.requires_iam {
            self.refuse_pages(&parts).map_err(&mut forbid)?;
        }
        let body = read_body(body).await?;
        let caller = match found.route.requires_iam {
            true => Some(self.authorize(&parts, &body).map_err(&mut forbid)?),
            false => None,
        };
        let received = Received {
            api: &self.api,
            domain_name: &self.options.domain_name,
            found: &found,
            parts: &parts,
            raw_path: &raw_path,
            body: &body,
            caller: caller.as_ref(),
            peer: parts.extensions.get::<Peer>().copied(),
            port: self.port,
            request_id,
        };
        let invocation =
            self.options.functions.invoke(&found.route.function, &received.event(), found.route.timeout).await;
        conclude(invocation).map_err(|(status, reason)| {
            call.problem = Some(reason);
            status
        })
    }

    /// Callers that sign are programs.
    fn refuse_pages(&self, parts: &Parts) -> Result<(), String> {
        loopback::refusal(&parts.headers, &self.options.domain_name).map_or(Ok(()), Err)
    }

    fn authorize(&self, parts: &Parts, body: &[u8]) -> Result<Caller, String> {
        let (region, account, HttpApi { api_id, stage, .. }) = (settings::REGION, settings::ACCOUNT_ID, &self.api);
        let resource =
            format!("arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{}{}", parts.method, parts.uri.path());
        let caller = self.options.verifier.authorize(parts, body, "execute-api:Invoke", &resource);
        caller.map_err(|rejection| rejection.reason)
    }
}

/// The function's response, or the status of API Gateway's own and why.
fn conclude(invocation: Invocation) -> Result<Response, (StatusCode, String)> {
    match invocation {
        Invocation::Returned(answer) => {
            response::from_function(answer).map_err(|reason| (StatusCode::INTERNAL_SERVER_ERROR, reason))
        }
        Invocation::Failed(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, format!("it failed: {error}"))),
        Invocation::Refused { reason } => Err((StatusCode::INTERNAL_SERVER_ERROR, reason)),
        Invocation::TimedOut => {
            Err((StatusCode::SERVICE_UNAVAILABLE, "no answer within the route's timeout".to_owned()))
        }
    }
}

async fn read_body(body: Body) -> Result<Bytes, StatusCode> {
    // A body that announces its size is refused before it is sent.
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let read = tokio::time::timeout(BODY_READ_TIMEOUT, to_bytes(body, MAX_BODY_BYTES));
    match read.await {
        Err(_elapsed) => Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Ok(bytes)) => Ok(bytes),
        // The limit is the only reason that leaves somebody to answer: else the client is gone.
        Ok(Err(_too_large)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
    }
}

/// Sixteen characters, the last of them `=`, as AWS makes them: base64 of 11 bytes.
fn request_id() -> String {
    STANDARD.encode(rand::random::<[u8; 11]>())
}
