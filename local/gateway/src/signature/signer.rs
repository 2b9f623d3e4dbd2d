//! The signing side: requests that the local stack itself makes.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Request;

use super::requirements::SERVICE;
use local_core::settings;

/// Signs a request for API Gateway with the local credentials. Its URI names the host, and no header but
/// `Content-Type` is signed with it: others may change on their way.
///
/// # Errors
/// The official signer's.
pub fn sign(request: &mut Request<Bytes>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let identity = Credentials::new(settings::ACCESS_KEY, settings::SECRET_KEY, None, None, "local").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(settings::REGION)
        .name(SERVICE)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let content_type = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let instructions = aws_sigv4::http_request::sign(
        SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            content_type.map(|value| ("content-type", value)).into_iter(),
            SignableBody::Bytes(request.body()),
        )?,
        &params,
    )?
    .into_parts()
    .0;
    instructions.apply_to_request_http1x(request);
    Ok(())
}
