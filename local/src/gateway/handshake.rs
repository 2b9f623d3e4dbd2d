//! Decides on a handshake: authorizer first, then `$connect`.

use std::collections::BTreeMap;

use axum::body::Body;
use http::header::{SEC_WEBSOCKET_PROTOCOL, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::events::Client;
use super::integration::Outcome;
use super::server::Peer;
use super::{Gateway, admission, events, frames, identifiers, integration, replies, routes};

/// Names with all their values, sorted by name.
pub(super) type MultiMap = BTreeMap<String, Vec<String>>;

/// What events say about a handshake.
pub(super) struct HandshakeRequest {
    /// Headers as the client spelt them, and those that API Gateway adds.
    pub(super) headers: MultiMap,
    /// `None` if the URL has no query.
    pub(super) query: Option<MultiMap>,
    /// The request as it came, for its signature.
    pub(super) parts: Parts,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
}

/// Why there is no connection: one text for the client, one for the person at the terminal.
pub(super) struct Refusal {
    pub(super) response: Response<Body>,
    pub(super) reason: String,
}

impl HandshakeRequest {
    /// Reads what events need.
    pub(super) fn read(parts: Parts, peer: &Peer) -> Self {
        let source_ip = peer.address.ip().to_canonical().to_string();
        let mut headers = MultiMap::new();
        let added = [
            ("X-Amzn-Trace-Id", identifiers::mint_trace_id()),
            ("X-Forwarded-For", source_ip.clone()),
            // As on AWS, where there is nothing else: a handler that insists on `https` is none the worse here.
            ("X-Forwarded-Port", "443".to_owned()),
            ("X-Forwarded-Proto", "https".to_owned()),
        ];
        for name in
            parts.headers.keys().filter(|name| !added.iter().any(|(own, _)| name.as_str().eq_ignore_ascii_case(own)))
        {
            headers.insert(peer.spelling.of(name.as_str()).to_owned(), values(&parts.headers, name));
        }
        headers.extend(added.map(|(name, value)| (name.to_owned(), vec![value])));
        let query = parts.uri.query().filter(|query| !query.is_empty()).map(parse_query);
        let user_agent = values(&parts.headers, USER_AGENT).pop();
        Self { headers, query, parts, source_ip, user_agent }
    }
}

/// Asks whoever decides about connections and then `$connect`, each only if the API has one. Returns the subprotocol that
/// `$connect` chose; `client` is then who they are by the rules of the API.
pub(super) async fn decide(
    gateway: &Gateway,
    asked: &HandshakeRequest,
    client: &mut Client,
    request_id: &str,
) -> Result<Option<HeaderValue>, Refusal> {
    admission::decide(gateway, asked, client, request_id).await?;
    let Some(route) = gateway.api.routes.get(routes::CONNECT) else {
        return Ok(None);
    };
    let event = events::connect(gateway, client, asked, request_id);
    let (status, reason) = match integration::ask(gateway, route, &event).await {
        Outcome::Answered(response) if response.status.is_success() => {
            let subprotocol = response.header(SEC_WEBSOCKET_PROTOCOL.as_str());
            return Ok(subprotocol.and_then(|value| HeaderValue::from_str(value).ok()));
        }
        Outcome::Answered(response) => (response.status, "its status is no success".to_owned()),
        Outcome::Broken(reason) => (StatusCode::BAD_GATEWAY, reason),
        Outcome::Unreachable(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason),
        Outcome::TimedOut(reason) => (StatusCode::GATEWAY_TIMEOUT, reason),
    };
    Err(Refusal::of(client, request_id, status, reason))
}

impl Refusal {
    /// A refusal that names the connection that does not come about.
    pub(super) fn of(client: &Client, request_id: &str, status: StatusCode, reason: String) -> Self {
        let (error_type, message) = match status {
            StatusCode::BAD_REQUEST => ("BadRequestException", "Bad Request"),
            StatusCode::UNAUTHORIZED => ("UnauthorizedException", "Unauthorized"),
            StatusCode::FORBIDDEN => ("ForbiddenException", frames::FORBIDDEN),
            StatusCode::TOO_MANY_REQUESTS => ("LimitExceededException", frames::TOO_MANY_REQUESTS),
            StatusCode::GATEWAY_TIMEOUT => ("IntegrationTimeoutException", frames::ENDPOINT_REQUEST_TIMED_OUT),
            status if status.is_server_error() => ("InternalServerErrorException", frames::INTERNAL_SERVER_ERROR),
            status => ("BadRequestException", status.canonical_reason().unwrap_or("Refused")),
        };
        let response = replies::refusal(status, error_type, message, &client.connection_id, request_id);
        Self { response, reason }
    }
}

fn values(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Vec<String> {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

fn parse_query(query: &str) -> MultiMap {
    let mut parsed = MultiMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parsed.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_keeps_every_value() {
        let parsed = parse_query("b=2&a=1&a=x%20y+z&empty&%C3%A4=%ff&&=nameless");
        let expected = [
            ("", vec!["nameless"]),
            ("a", vec!["1", "x y z"]),
            ("b", vec!["2"]),
            ("empty", vec![""]),
            ("ä", vec!["\u{fffd}"]),
        ];
        let expected =
            expected.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()));
        assert_eq!(parsed, MultiMap::from(expected));
    }
}
