//! The caller's side of the Lambda Invoke API: how the gateway, the HTTP APIs and the schedules reach functions.

use std::time::Duration;

use futures_util::future::BoxFuture;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::calls::Calls;
use local_core::forward::http_client;
use local_core::invocation::{FunctionError, FunctionReference, Functions, Invocation};

/// Speaks to anything that serves the Lambda Invoke API: the own host, `cargo lambda watch`, `sam local start-lambda`.
#[derive(Clone, Debug)]
pub struct LambdaClient {
    http: reqwest::Client,
    endpoint: String,
    calls: Calls,
    sends_qualifiers: bool,
}

impl Functions for LambdaClient {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: &'a Value,
        limit: Duration,
    ) -> BoxFuture<'a, Invocation> {
        Box::pin(self.call_within(limit, function, event, "RequestResponse"))
    }
}

impl LambdaClient {
    /// A client for the Invoke API at `endpoint`, such as `http://127.0.0.1:9001`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        let endpoint = endpoint.into().trim_end_matches('/').to_owned();
        Self { http: http_client(), endpoint, calls: Calls::default(), sends_qualifiers: true }
    }

    /// The same client for an endpoint that knows no aliases and no versions: `sam local start-lambda` rejects a call with a
    /// query string.
    #[must_use]
    pub fn without_qualifiers(self) -> Self {
        Self { sends_qualifiers: false, ..self }
    }

    /// Hands `event` to `function` within `limit` and does not wait for the result.
    pub async fn invoke_asynchronously(
        &self,
        function: &FunctionReference,
        event: &Value,
        limit: Duration,
    ) -> Invocation {
        self.call_within(limit, function, event, "Event").await
    }

    async fn call_within(
        &self,
        limit: Duration,
        function: &FunctionReference,
        event: &Value,
        invocation_type: &str,
    ) -> Invocation {
        let call = async {
            let _under_way = self.calls.begin(&function.name).await;
            self.call(function, event, invocation_type).await
        };
        match tokio::time::timeout(limit, call).await {
            Err(_elapsed) => Invocation::TimedOut,
            Ok(Err(error)) => Invocation::Refused { reason: format!("no answer from {}: {error}", self.endpoint) },
            Ok(Ok(invocation)) => invocation,
        }
    }

    async fn call(
        &self,
        function: &FunctionReference,
        event: &Value,
        invocation_type: &str,
    ) -> reqwest::Result<Invocation> {
        let name = utf8_percent_encode(&function.name, NON_ALPHANUMERIC);
        let mut url = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        if let Some(qualifier) = function.qualifier.as_ref().filter(|_| self.sends_qualifiers) {
            url.extend(["?Qualifier=", &utf8_percent_encode(qualifier, NON_ALPHANUMERIC).to_string()]);
        }
        let request = self.http.post(url).header("X-Amz-Invocation-Type", invocation_type);
        let response = request.json(event).send().await?;
        let status = response.status();
        let failed = response.headers().contains_key("X-Amz-Function-Error");
        let body = response.bytes().await?;
        Ok(if !status.is_success() {
            Invocation::Refused { reason: format!("{status}: {}", String::from_utf8_lossy(&body)) }
        } else if failed {
            Invocation::Failed(FunctionError::read(&body))
        } else {
            Invocation::Returned(body)
        })
    }
}
