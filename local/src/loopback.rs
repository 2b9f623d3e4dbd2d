//! What services on loopback have in common that check no signature: only programs may use them.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

/// Small answers leave at once.
pub(crate) fn without_delay(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|stream| {
        // Without it answers are late, not wrong.
        let _ = stream.set_nodelay(true);
    })
}

/// Only browsers send `Origin`, and they always do with requests that do more than read.
pub(crate) async fn refuse_browsers(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        let message = "requests of web pages are refused: the header Origin is present";
        let body = json!({ "Type": "User", "__type": "AccessDeniedException", "Message": message });
        return (StatusCode::FORBIDDEN, [("x-amzn-errortype", "AccessDeniedException")], Json(body)).into_response();
    }
    next.run(request).await
}
