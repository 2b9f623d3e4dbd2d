//! One TCP connection: HTTP requests, until one of them becomes a WebSocket.

use std::convert::Infallible;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::gateway::Gateway;
use super::limits::{HEAD_DEADLINE, MAX_HEAD_BYTES, SHUTDOWN_GRACE};
use super::peer::Peer;
use super::reject::reject;
use super::request_head::{self, Spelling};
use super::upgrade_request::is_asked_for;
use super::wire::Wire;
use super::{management, replies, upgrade};
use crate::tls::HANDSHAKE_RECORD;
use local_core::http_server::NEXT_HEAD_DEADLINE;

/// A peer's bytes, in plain or out of TLS.
type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// Serves one TCP connection until it ends or the gateway stops.
pub(super) async fn serve_peer(gateway: Arc<Gateway>, stream: TcpStream, address: SocketAddr, alive: mpsc::Sender<()>) {
    // Frames are small and answers are awaited; a socket that cannot be told so is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let wire = if gateway.options.faults.is_empty() { None } else { Wire::of(&stream) };
    let begin = timeout(HEAD_DEADLINE, begin(&gateway, stream));
    let Some(Ok(Some((stream, head, spelling)))) = gateway.shutdown.run_until_cancelled(begin).await else { return };
    let peer = Peer { address, spelling: Arc::new(spelling), wire, alive };
    let (input, output) = tokio::io::split(stream);
    let stream = TokioIo::new(tokio::io::join(Cursor::new(head).chain(input), output));
    let shutdown = gateway.shutdown.clone();
    let service = service_fn(move |request| {
        let (gateway, peer) = (gateway.clone(), peer.clone());
        async move { Ok::<_, Infallible>(answer(gateway, peer, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(NEXT_HEAD_DEADLINE).max_header_size(MAX_HEAD_BYTES);
    let mut connection = std::pin::pin!(http.serve_connection(stream, service).with_upgrades());
    // How a connection broke concerns its client only.
    if shutdown.run_until_cancelled(connection.as_mut()).await.is_none() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(SHUTDOWN_GRACE, connection).await;
    }
}

/// Answers a TLS handshake, if the peer begins with one, and reads the head of the first request.
async fn begin(gateway: &Gateway, stream: TcpStream) -> Option<(Stream, Bytes, Spelling)> {
    let mut first = [0];
    stream.peek(&mut first).await.ok().filter(|&bytes| bytes > 0)?;
    let mut stream = match &gateway.options.tls {
        Some(tls) if first == [HANDSHAKE_RECORD] => match tls.acceptor.accept(stream).await {
            Ok(stream) => Either::Right(stream),
            Err(error) => {
                let authority = tls.trust.authority_file.display();
                gateway.note(format_args!(
                    "TLS handshake failed: {error} (does the client trust the stack's authority, `{authority}`?)"
                ));
                return None;
            }
        },
        _ => Either::Left(stream),
    };
    let (head, spelling) = request_head::read(&mut stream).await.ok()?;
    (!head.is_empty()).then_some((stream, head, spelling))
}

async fn answer(gateway: Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let segments: Vec<_> = path.split('/').skip(1).map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    if gateway.api.is_disabled {
        let problem = "`DisableExecuteApiEndpoint` is set, and no custom domain leads to the API";
        return reject(&gateway, request, replies::forbidden(), problem).await;
    }
    let here = segments.first().is_some_and(|stage| *stage == gateway.api.stage);
    match segments[..] {
        [_, "@connections", id] if here => management::answer(&gateway, id, request).await,
        // A trailing slash is accepted.
        [_] | [_, ""] if here => upgrade::answer(gateway, peer, request).await,
        _ if here && request.method() == Method::GET && !is_asked_for(request.headers()) => {
            let reply = replies::error(StatusCode::UPGRADE_REQUIRED, "UpgradeRequiredException", "Upgrade Required");
            reject(&gateway, request, reply, "this is no WebSocket handshake").await
        }
        _ => {
            let problem = format!(
                "nothing is there: clients use `/{stage}`, and callers of `@connections` an endpoint that ends with `/{stage}`",
                stage = gateway.api.stage
            );
            reject(&gateway, request, replies::forbidden(), &problem).await
        }
    }
}
