//! The WebSocket side of a handshake: what a request must have, and how it becomes a socket once it is decided on.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::client::Client;
use super::closing::Ending;
use super::gateway::Gateway;
use super::handshake_request::HandshakeRequest;
use super::peer::Peer;
use super::reject::reject;
use super::upgrade_request::accept_key;
use super::{connection, handshake, identifiers, replies, routes};
use local_core::events::{ConnectionEvent, ConnectionEventKind};

/// Answers a request for a connection.
pub(super) async fn answer(gateway: Arc<Gateway>, peer: Peer, mut request: Request<Incoming>) -> Response<Body> {
    let accept = match accept_key(&request) {
        Ok(accept) => accept,
        Err(reply) => {
            return reject(&gateway, request, *reply, "this is no WebSocket handshake").await;
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
