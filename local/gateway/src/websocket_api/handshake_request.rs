//! A handshake, as events describe it.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::USER_AGENT;
use http::request::Parts;

use super::identifiers;
use super::peer::Peer;

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
