//! The official signer, and requests as they come over the wire.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Request;
use http::request::Parts;
use jiff::Timestamp;

use crate::signature::SERVICE;
use local_core::settings;

pub(super) const HOST: &str = "127.0.0.1:3002";

/// How a test signs; starts as the local stack wants it.
pub(super) struct Signer {
    pub(super) access_key: &'static str,
    pub(super) secret_key: &'static str,
    pub(super) session_token: Option<&'static str>,
    pub(super) region: &'static str,
    pub(super) service: &'static str,
    pub(super) time: Timestamp,
    pub(super) settings: SigningSettings,
    pub(super) body: SignableBody<'static>,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            access_key: settings::ACCESS_KEY,
            secret_key: settings::SECRET_KEY,
            session_token: None,
            region: settings::REGION,
            service: SERVICE,
            time: Timestamp::now(),
            settings: SigningSettings::default(),
            body: SignableBody::Bytes(b"{}"),
        }
    }
}

impl Signer {
    pub(super) fn sign(self, method: &str, target: &str) -> Parts {
        self.sign_with_headers(method, target, &[("content-type", "application/json")])
    }

    pub(super) fn sign_with_headers(self, method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let token = self.session_token.map(str::to_owned);
        let identity = Credentials::new(self.access_key, self.secret_key, token, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::from(self.time))
            .settings(self.settings)
            .build()
            .unwrap()
            .into();
        let uri = format!("http://{HOST}{target}");
        let signable = SignableRequest::new(method, &uri, headers.iter().copied(), self.body).unwrap();
        let (instructions, _signature) = sign(signable, &params).unwrap().into_parts();
        let mut request = Request::builder().method(method).uri(uri).body(()).unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        instructions.apply_to_request_http1x(&mut request);
        // What a client sends: origin form and a Host header.
        let target = request.uri().path_and_query().unwrap().as_str().to_owned();
        *request.uri_mut() = target.parse().unwrap();
        request.headers_mut().insert("host", HOST.parse().unwrap());
        request.into_parts().0
    }
}
