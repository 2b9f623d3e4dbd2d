//! Calls of the control plane that no SDK would make: any method, any path, any body, well signed.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use super::{Chat, Stack, within_patience};

/// An answer as it stands on the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON: {error}: {self:?}"))
    }

    /// A header's text, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header in ASCII"))
    }
}

impl Chat {
    /// Calls an operation with a body of any bytes.
    pub(crate) async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.call(Method::POST, path, body).await
    }

    /// Makes a signed call of the control plane.
    pub(crate) async fn call(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.stack.call(&self.http, method, path, body.into()).await
    }
}

impl Stack {
    /// Makes a signed call of the only HTTP API: `path` is sent as it is, and may have a query.
    pub(crate) async fn call(&self, http: &reqwest::Client, method: Method, path: &str, body: Vec<u8>) -> Answer {
        let url = format!("{}{path}", self.control_url());
        let identity = self.credentials().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("everything that a signature needs")
            .into();
        let signable = SignableRequest::new(method.as_str(), &*url, std::iter::empty(), SignableBody::Bytes(&body));
        let signed = sign(signable.expect("a request that can be signed"), &params).expect("a signature");
        let request = http.request(method, &url).header(CONTENT_TYPE, "application/json").body(body);
        let request = signed.output().headers().fold(request, |request, (name, value)| request.header(name, value));
        let answer = async {
            let response = request.send().await.expect("an answer");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer { status, headers, body: response.text().await.expect("a whole answer") }
        };
        within_patience("the answer", answer).await
    }
}
