//! What a request must have to become a WebSocket.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::limits::MAX_URL_CHARACTERS;
use super::replies;

/// The only version of the protocol: RFC 6455.
const WEBSOCKET_VERSION: &str = "13";
/// Bytes behind `Sec-WebSocket-Key`: RFC 6455, section 4.1.
const KEY_BYTES: usize = 16;

/// Whether a request asks to become a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    has_token(headers, &UPGRADE, "websocket") && has_token(headers, &CONNECTION, "upgrade")
}

/// `Sec-WebSocket-Accept` for a valid handshake, or the answer to an invalid one.
pub(super) fn accept_key(request: &Request<Incoming>) -> Result<String, Box<Response<Body>>> {
    let refuse = |status, error_type, message| Err(Box::new(replies::error(status, error_type, message)));
    let headers = request.headers();
    if request.method() != Method::GET {
        return Err(Box::new(replies::forbidden()));
    }
    if request.uri().to_string().len() > MAX_URL_CHARACTERS {
        return refuse(StatusCode::URI_TOO_LONG, "RequestEntityTooLargeException", "URI Too Long");
    }
    if !is_asked_for(headers) || request.version() < Version::HTTP_11 {
        return refuse(StatusCode::UPGRADE_REQUIRED, "UpgradeRequiredException", "Upgrade Required");
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != WEBSOCKET_VERSION) {
        return refuse(StatusCode::UPGRADE_REQUIRED, "UpgradeRequiredException", "Upgrade Required").map_err(
            |mut reply| {
                reply.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(WEBSOCKET_VERSION));
                reply
            },
        );
    }
    match headers.get(SEC_WEBSOCKET_KEY) {
        Some(key) if STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == KEY_BYTES) => {
            Ok(derive_accept_key(key.as_bytes()))
        }
        _ => refuse(StatusCode::BAD_REQUEST, "BadRequestException", "Bad Request"),
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
}
