//! Decides on a handshake: authorizer first, then `$connect`.

use std::collections::BTreeMap;

use axum::body::Body;
use http::header::{SEC_WEBSOCKET_PROTOCOL, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::Timestamp;

use super::authorizer::{self, Decision};
use super::events::Client;
use super::integration::{self, Outcome};
use super::server::Peer;
use super::{Gateway, events, frames, identifiers, replies, routes};
use crate::template::Authorization;

/// Names with all their values, sorted by name.
pub(super) type MultiMap = BTreeMap<String, Vec<String>>;

/// What events say about a handshake.
pub(super) struct HandshakeRequest {
    /// Headers as the client spelt them, and those that API Gateway adds.
    pub(super) headers: MultiMap,
    /// `None` if the URL has no query.
    pub(super) query: Option<MultiMap>,
    /// The request as it came, for its signature.
    parts: Parts,
    source_ip: String,
    user_agent: Option<String>,
}

/// What becomes of a handshake.
pub(super) enum Verdict {
    /// The connection is established.
    Accepted {
        /// Who connects.
        client: Client,
        /// What `$connect` chose.
        subprotocol: Option<HeaderValue>,
    },
    /// There is no connection.
    Refused(Refusal),
}

/// Two texts: one for the client, one for the person at the terminal.
pub(super) struct Refusal {
    pub(super) response: Response<Body>,
    pub(super) reason: String,
}

impl HandshakeRequest {
    /// Reads what events need.
    pub(super) fn read(parts: Parts, peer: &Peer) -> Self {
        let source_ip = peer.address.ip().to_string();
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

/// Asks the authorizer and `$connect`, each only if the API has one.
pub(super) async fn decide(gateway: &Gateway, asked: HandshakeRequest) -> Verdict {
    let mut client = Client {
        connection_id: identifiers::mint(),
        connected_at: Timestamp::now(),
        source_ip: asked.source_ip.clone(),
        user_agent: asked.user_agent.clone(),
        caller: None,
        authorizer: None,
    };
    let request_id = identifiers::mint();
    let refuse = |client: &Client, status, reason| Verdict::Refused(refusal(client, &request_id, status, reason));
    match &gateway.api.authorization {
        Authorization::None => {}
        Authorization::Iam => {
            let resource = gateway.arn(routes::CONNECT);
            match gateway.options.verifier.authorize(&asked.parts, &[], "execute-api:Invoke", &resource) {
                Ok(caller) => client.caller = Some(caller),
                Err(rejection) => {
                    let response = replies::rejection(&rejection);
                    return Verdict::Refused(Refusal { response, reason: rejection.reason });
                }
            }
        }
        Authorization::Lambda(authorizer) => {
            match authorizer::decide(gateway, authorizer, &client, &asked, &request_id).await {
                Decision::Allowed(context) => client.authorizer = Some(context),
                Decision::Unidentified { reason } => {
                    let response = replies::error(StatusCode::UNAUTHORIZED, "UnauthorizedException", "Unauthorized");
                    return Verdict::Refused(Refusal { response, reason });
                }
                Decision::Refused { status, reason } => return refuse(&client, status, reason),
            }
        }
    }
    let Some(route) = gateway.api.routes.get(routes::CONNECT) else {
        return Verdict::Accepted { client, subprotocol: None };
    };
    let event = events::connect(gateway, &client, &asked, &request_id);
    match integration::ask(gateway, route, &event).await {
        Outcome::Answered(response) if response.status.is_success() => {
            let subprotocol = response.header(SEC_WEBSOCKET_PROTOCOL.as_str());
            let subprotocol = subprotocol.and_then(|value| HeaderValue::from_str(value).ok());
            Verdict::Accepted { client, subprotocol }
        }
        Outcome::Answered(response) => refuse(&client, response.status, "`$connect` said so".to_owned()),
        Outcome::Broken(reason) => refuse(&client, StatusCode::BAD_GATEWAY, reason),
        Outcome::Unreachable(reason) => refuse(&client, StatusCode::INTERNAL_SERVER_ERROR, reason),
        Outcome::TimedOut(reason) => refuse(&client, StatusCode::GATEWAY_TIMEOUT, reason),
    }
}

fn refusal(client: &Client, request_id: &str, status: StatusCode, reason: String) -> Refusal {
    let (error_type, message) = match status {
        StatusCode::BAD_REQUEST => ("BadRequestException", "Bad Request"),
        StatusCode::UNAUTHORIZED => ("UnauthorizedException", "Unauthorized"),
        StatusCode::FORBIDDEN => ("ForbiddenException", frames::FORBIDDEN),
        StatusCode::TOO_MANY_REQUESTS => ("LimitExceededException", "Too Many Requests"),
        StatusCode::GATEWAY_TIMEOUT => ("IntegrationTimeoutException", frames::ENDPOINT_REQUEST_TIMED_OUT),
        status if status.is_server_error() => ("InternalServerErrorException", frames::INTERNAL_SERVER_ERROR),
        status => ("BadRequestException", status.canonical_reason().unwrap_or("Refused")),
    };
    let response = replies::refusal(status, error_type, message, &client.connection_id, request_id);
    Refusal { response, reason }
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
