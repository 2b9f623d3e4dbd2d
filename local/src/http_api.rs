//! An API Gateway HTTP API: routes to functions in payload format 2.0, with IAM authorisation
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>).

mod event;
mod path;
mod response;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http_server::{self, Peer};
use crate::lambda::{Invocation, LambdaClient};
use crate::signature::{Caller, Verifier};
use crate::template::{FunctionReference, HttpApi};
use crate::{console, loopback, settings};
use event::Received;

/// Largest body of a request: 10 MB
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
pub const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// How long a client may take to send a body: an HTTP API's longest integration timeout.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What an HTTP API needs besides its routes.
#[derive(Clone)]
pub struct Options {
    /// `domainName` in events, and how clients reach the API, such as `127.0.0.1:3002`.
    pub domain_name: String,
    /// Invokes the functions behind the routes.
    pub lambda: LambdaClient,
    /// Judges the signatures of routes that ask for one.
    pub verifier: Arc<Verifier>,
}

/// Serves `api` until `shutdown`.
pub async fn serve(listener: TcpListener, api: HttpApi, options: Options, shutdown: CancellationToken) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let service = Arc::new(Service { api, options, port });
    let router = Router::new().fallback(answer).with_state(service);
    http_server::serve(listener, router, shutdown).await;
}

struct Service {
    api: HttpApi,
    options: Options,
    port: u16,
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let request_id = request_id();
    let mut response = service.route(request, &request_id).await.unwrap_or_else(response::message);
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

impl Service {
    /// The function's answer, or the status that API Gateway itself answers with.
    async fn route(&self, request: Request, request_id: &str) -> Result<Response, StatusCode> {
        let (parts, body) = request.into_parts();
        let raw_path = path::decode(parts.uri.path()).ok_or(StatusCode::BAD_REQUEST)?;
        let in_stage = path::within_stage(&raw_path, &self.api.stage).ok_or(StatusCode::NOT_FOUND)?;
        let found = routes::select(&self.api.routes, &parts.method, in_stage).ok_or(StatusCode::NOT_FOUND)?;
        if found.route.requires_iam {
            self.refuse_pages(&parts)?;
        }
        let body = read_body(body).await?;
        let caller = if found.route.requires_iam { Some(self.authorize(&parts, &body)?) } else { None };
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
            self.options.lambda.invoke(&found.route.function, &received.event(), found.route.timeout).await;
        self.conclude(invocation, &found.route.function)
    }

    /// Whoever may sign must be a program.
    fn refuse_pages(&self, parts: &Parts) -> Result<(), StatusCode> {
        let refusal = loopback::refusal(&parts.headers, &self.options.domain_name);
        refusal.map_or(Ok(()), |reason| Err(self.forbid(parts, &reason)))
    }

    fn authorize(&self, parts: &Parts, body: &[u8]) -> Result<Caller, StatusCode> {
        let (region, account, HttpApi { api_id, stage, .. }) = (settings::REGION, settings::ACCOUNT_ID, &self.api);
        let resource =
            format!("arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{}{}", parts.method, parts.uri.path());
        let caller = self.options.verifier.authorize(parts, body, "execute-api:Invoke", &resource);
        caller.map_err(|rejection| self.forbid(parts, &rejection.reason))
    }

    /// HTTP APIs do not tell callers what is wrong with a request; the terminal does.
    fn forbid(&self, parts: &Parts, reason: &str) -> StatusCode {
        let (method, path) = (&parts.method, parts.uri.path());
        console::from(&self.api.logical_id, format_args!("{method} {path} is forbidden: {reason}"));
        StatusCode::FORBIDDEN
    }

    fn conclude(&self, invocation: Invocation, function: &FunctionReference) -> Result<Response, StatusCode> {
        let (reason, status) = match invocation {
            Invocation::Returned(answer) => match response::from_function(answer) {
                Ok(response) => return Ok(response),
                Err(reason) => (reason, StatusCode::INTERNAL_SERVER_ERROR),
            },
            Invocation::Failed(error) => (format!("it failed: {error}"), StatusCode::INTERNAL_SERVER_ERROR),
            Invocation::Refused { reason } => (reason, StatusCode::INTERNAL_SERVER_ERROR),
            Invocation::TimedOut => {
                ("no answer within the route's timeout".to_owned(), StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        console::from(&self.api.logical_id, format_args!("{status} for a call of `{function}`: {reason}"));
        Err(status)
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
