//! An HTTP client of the SDK that records calls and answers as API Gateway and Lambda do, without any network.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The largest message that API Gateway delivers (quotas, "WebSocket message payload size").
const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// What was called so far, and which connections are closed.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Frames in the order of sending, with the connections that they were sent to.
    pub(super) sent: Vec<(String, String)>,
    pub(super) closed: HashSet<String>,
    /// Connections that a handler closed, in order.
    pub(super) disconnected: Vec<String>,
    /// Payloads of asynchronous invocations.
    pub(super) invocations: Vec<Value>,
}

impl Recorder {
    pub(super) fn calls(&self) -> MutexGuard<'_, Calls> {
        // A panic while the lock is held cannot leave the lists in an inconsistent state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Recorder {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let path = request.uri().split_once("://").map_or(request.uri(), |(_scheme, rest)| rest);
        let response = match path.split_once("/@connections/") {
            Some((_stage, id)) => {
                let id = percent_decode_str(id).decode_utf8_lossy().into_owned();
                self.calls().manage(request.method(), id, body)
            }
            None if path.ends_with("/invocations") => self.calls().invoke(body),
            None => response(404, "{}"),
        };
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Calls {
    fn manage(&mut self, method: &str, id: String, body: &[u8]) -> HttpResponse {
        if self.closed.contains(&id) {
            let mut gone = response(410, "");
            gone.headers_mut().insert("x-amzn-ErrorType", "GoneException");
            return gone;
        }
        match method {
            "POST" if body.len() > MAX_MESSAGE_BYTES => {
                let mut too_large = response(413, "{}");
                too_large.headers_mut().insert("x-amzn-ErrorType", "PayloadTooLargeException");
                too_large
            }
            "POST" => {
                self.sent.push((id, String::from_utf8_lossy(body).into_owned()));
                response(200, "")
            }
            "DELETE" => {
                self.closed.insert(id.clone());
                self.disconnected.push(id);
                response(204, "")
            }
            _ => response(
                200,
                r#"{"connectedAt":"2023-11-14T22:13:20Z","lastActiveAt":"2023-11-14T22:13:20Z","identity":{"sourceIp":"203.0.113.1","userAgent":"test"}}"#,
            ),
        }
    }

    fn invoke(&mut self, body: &[u8]) -> HttpResponse {
        self.invocations.push(serde_json::from_slice(body).unwrap_or_default());
        response(202, "")
    }
}

fn response(status: u16, body: &'static str) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a literal status");
    HttpResponse::new(status, SdkBody::from(body))
}
