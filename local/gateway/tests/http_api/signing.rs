//! Requests signed by the official signer.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Request;
use local_core::settings;

/// How a request is signed.
pub(crate) struct Signing {
    pub(crate) access_key: &'static str,
    pub(crate) secret_key: &'static str,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
    pub(crate) time: SystemTime,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            access_key: settings::ACCESS_KEY,
            secret_key: settings::SECRET_KEY,
            region: settings::REGION,
            service: "execute-api",
            time: SystemTime::now(),
        }
    }
}

impl Signing {
    pub(crate) fn sign(self, mut request: Request<Bytes>) -> Request<Bytes> {
        let identity = Credentials::new(self.access_key, self.secret_key, None, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), request.uri().to_string(), headers, body);
        let (instructions, _signature) = sign(signable.unwrap(), &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}
