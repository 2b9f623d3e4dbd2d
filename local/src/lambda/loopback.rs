//! What the listeners of this part have in common: they are on loopback, and only programs may use them.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpListener, TcpStream};

use super::refusal::Refusal;

/// Small answers leave at once.
pub(super) fn without_delay(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|stream| {
        // Without it answers are late, not wrong.
        let _ = stream.set_nodelay(true);
    })
}

/// Only browsers send `Origin`, and they always do with requests that do more than read.
pub(super) async fn refuse_browsers(request: Request, next: Next) -> Response {
    match request.headers().contains_key(header::ORIGIN) {
        true => Refusal::WebPage.into_response(),
        false => next.run(request).await,
    }
}
