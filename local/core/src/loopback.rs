//! What local services have in common: only programs may use them, and no web page.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

/// What a `Host` without a port means: RFC 9110, sections 4.2.1 and 4.2.2.
const HTTP_PORT: u16 = 80;
/// See [`HTTP_PORT`].
const HTTPS_PORT: u16 = 443;

/// Small answers leave at once.
pub fn without_delay(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|stream| {
        // Without it answers are late, not wrong.
        let _ = stream.set_nodelay(true);
    })
}

/// Why a request is refused that must come from a program, to a service at `own`, such as `127.0.0.1:3001`; for the
/// terminal.
///
/// A signature proves nothing here: the local keys are known to everybody, and foreign ones cannot be checked. So web
/// pages are kept out, those included that somebody else's DNS points at this machine.
pub fn refusal(headers: &HeaderMap, own: &str) -> Option<String> {
    mark_of_a_page(headers).or_else(|| foreign_host(headers, own))
}

/// Why `Host` is not `own`, if it is not: somebody else's DNS may point at this machine. Loopback names are as good.
pub fn foreign_host(headers: &HeaderMap, own: &str) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if names_this_machine(host, own) => None,
        (Some(host), None) => Some(format!("the header Host is {host:?} and not `{own}`")),
        _ => Some("there must be one header Host".to_owned()),
    }
}

/// Refuses requests of web pages. `Host` is not looked at: containers have their own names for this machine.
pub async fn refuse_browsers(request: Request, next: Next) -> Response {
    if let Some(reason) = mark_of_a_page(request.headers()) {
        let message = format!("requests of web pages are refused: {reason}");
        let body = json!({ "Type": "User", "__type": "AccessDeniedException", "Message": message });
        return (StatusCode::FORBIDDEN, [("x-amzn-errortype", "AccessDeniedException")], Json(body)).into_response();
    }
    next.run(request).await
}

/// What only browsers send: `Origin` with requests that may do more than read, `Sec-Fetch-Site` with all of them, where the address is one that it
/// trusts.
fn mark_of_a_page(headers: &HeaderMap) -> Option<String> {
    let mark = ["origin", "sec-fetch-site"].into_iter().find(|mark| headers.contains_key(*mark))?;
    Some(format!("the header {mark} is present, so a web page asks"))
}

fn names_this_machine(host: &HeaderValue, own: &str) -> bool {
    let parse = |text: &str| text.parse::<Authority>().ok();
    let (Some(host), Some(own)) = (host.to_str().ok().and_then(parse), parse(own)) else {
        return false;
    };
    let names = ["127.0.0.1", "localhost", "[::1]", own.host()];
    // Without a port it is that of the scheme, which may be either.
    let has_own_port = match (host.port_u16(), own.port_u16()) {
        (None, Some(own)) => [HTTP_PORT, HTTPS_PORT].contains(&own),
        (host, own) => host == own,
    };
    has_own_port && names.iter().any(|name| host.host().eq_ignore_ascii_case(name))
}
