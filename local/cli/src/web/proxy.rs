//! `POST /http-apis/{Id}/{path…}`: the page's call, signed with the local credentials and passed on.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use reqwest::Url;
use serde_json::json;

use super::{ANSWER_TIMEOUT, Server, origin};
use local_gateway::http_api::MAX_BODY_BYTES;
use local_gateway::signature;

/// An answer of this server itself: a status, and a sentence for whoever reads the page's console.
type Problem = (StatusCode, String);

pub(super) async fn pass_on(State(server): State<Arc<Server>>, request: Request) -> Response {
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, server.pass_on(request)).await;
    let late = || Err((StatusCode::GATEWAY_TIMEOUT, "the HTTP API did not answer in time".to_owned()));
    match answered.unwrap_or_else(|_elapsed| late()) {
        Ok(response) => response,
        Err((status, message)) => (status, Json(json!({ "message": message }))).into_response(),
    }
}

impl Server {
    async fn pass_on(&self, request: Request) -> Result<Response, Problem> {
        if let Some(reason) = origin::refusal(request.headers(), &self.site.authority) {
            return Err((StatusCode::FORBIDDEN, reason.to_owned()));
        }
        let url = self.target(request.uri())?;
        let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let body = body.map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 10 MB".to_owned()))?;
        self.call(url, body).await
    }

    /// Where the API lives, with the rest of the path and the query as they came over the wire.
    fn target(&self, uri: &http::Uri) -> Result<Url, Problem> {
        let rest = uri.path().strip_prefix("/http-apis/").unwrap_or_default();
        let (id, path) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(base) = self.site.http_apis.get(id) else {
            let known: Vec<&str> = self.site.http_apis.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            return Err((StatusCode::NOT_FOUND, format!("no HTTP API has this name; those that exist: {known}")));
        };
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}/{path}{query}", base.trim_end_matches('/'));
        Url::parse(&url).map_err(|_| (StatusCode::BAD_REQUEST, "this path makes no URL".to_owned()))
    }

    async fn call(&self, url: Url, body: Bytes) -> Result<Response, Problem> {
        let mut request = http::Request::post(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|_| internal("this URL cannot be called"))?;
        signature::sign(&mut request).map_err(|error| internal(&format!("cannot sign the request: {error}")))?;
        let request = request.try_into().map_err(|_| internal("this URL cannot be called"))?;
        let unreachable = |_| (StatusCode::BAD_GATEWAY, "the HTTP API cannot be reached".to_owned());
        let mut answer = self.client.execute(request).await.map_err(unreachable)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        for own in [CONNECTION, CONTENT_LENGTH, SET_COOKIE, TRANSFER_ENCODING] {
            response.headers_mut().remove(own);
        }
        *response.body_mut() = Body::from(read(answer).await?);
        Ok(response)
    }
}

async fn read(mut answer: reqwest::Response) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    let broken = |_| (StatusCode::BAD_GATEWAY, "the HTTP API broke off its answer".to_owned());
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err((StatusCode::BAD_GATEWAY, "the HTTP API's answer is larger than 10 MB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn internal(message: &str) -> Problem {
    (StatusCode::INTERNAL_SERVER_ERROR, message.to_owned())
}
