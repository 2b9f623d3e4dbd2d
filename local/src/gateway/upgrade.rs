//! The WebSocket side of a handshake: what a request must have, and how it becomes a socket once it is decided on.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::closing::Ending;
use super::events::Client;
use super::handshake::{self, HandshakeRequest};
use super::limits::MAX_URL_CHARACTERS;
use super::server::{self, Peer};
use super::{Gateway, connection, identifiers, replies, routes};
use crate::events::{ConnectionEvent, ConnectionEventKind};

/// The only version of the protocol: RFC 6455.
const WEBSOCKET_VERSION: &str = "13";
/// Bytes behind `Sec-WebSocket-Key`: RFC 6455, section 4.1.
const KEY_BYTES: usize = 16;

/// Whether a request asks to become a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    has_token(headers, &UPGRADE, "websocket") && has_token(headers, &CONNECTION, "upgrade")
}

/// Answers a request for a connection.
pub(super) async fn answer(gateway: Arc<Gateway>, peer: Peer, mut request: Request<Incoming>) -> Response<Body> {
    let accept = match accept_key(&request) {
        Ok(accept) => accept,
        Err(reply) => {
            return server::refuse(&gateway, request, *reply, "this is no WebSocket handshake").await;
        }
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let asked = HandshakeRequest::read(request.into_parts().0, &peer);
    let (reply, replied) = oneshot::channel();
    // In its own task: a client that leaves ends this one, and `$connect` must still come to its end.
    tokio::spawn(open(gateway, peer, asked, accept, upgrade, reply));
    replied.await.unwrap_or_else(|_| replies::empty(StatusCode::SERVICE_UNAVAILABLE))
}

/// Waits for the verdict, answers, and serves the connection if there is one.
async fn open(
    gateway: Arc<Gateway>,
    peer: Peer,
    asked: HandshakeRequest,
    accept: String,
    upgrade: OnUpgrade,
    reply: oneshot::Sender<Response<Body>>,
) {
    let (began, request_id) = (Instant::now(), identifiers::mint());
    let mut client = Client::of(&asked, &gateway.options.faults);
    let decided = handshake::decide(&gateway, &asked, &mut client, &request_id);
    let Some(decided) = gateway.shutdown.run_until_cancelled(decided).await else {
        return;
    };
    drop(asked);
    let (status, problem) = match &decided {
        Ok(_) => (StatusCode::SWITCHING_PROTOCOLS, None),
        Err(refusal) => (refusal.response.status(), Some(refusal.reason.clone())),
    };
    gateway.report(ConnectionEvent {
        request_id: Some(request_id),
        status: Some(status.as_u16()),
        duration: began.elapsed(),
        problem,
        ..gateway.event(ConnectionEventKind::Handshake, &client.connection_id, Some(routes::CONNECT))
    });
    match decided {
        // A client that has left needs no answer.
        Err(refusal) => drop(reply.send(refusal.response)),
        Ok(subprotocol) => {
            let session = gateway.registry.enter(client);
            let _ = reply.send(switching_protocols(&accept, subprotocol));
            match upgrade.await {
                Ok(socket) => connection::run(&gateway, session, TokioIo::new(socket), peer.wire).await,
                Err(_) => connection::end(&gateway, &session.client, &Ending::Dropped).await,
            }
        }
    }
}

fn switching_protocols(accept: &str, subprotocol: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(subprotocol) = subprotocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    response
}

/// `Sec-WebSocket-Accept` for a valid handshake, or the answer to an invalid one.
fn accept_key(request: &Request<Incoming>) -> Result<String, Box<Response<Body>>> {
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
