//! A request for a connection, sent byte by byte as a case wants it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::Client;
use crate::instruction::{self, Step};
use crate::shortfall::{Shortfall, Verdict, ensure};
use crate::target::Api;
use crate::wire::{Exchanged, Request, Response, exchange};
use crate::world::PATIENCE;

/// What the suite calls itself.
pub(crate) const USER_AGENT: &str = "conformance/1.0";

/// A request for a connection, before it is sent.
#[derive(Clone)]
pub(crate) struct Handshake {
    api: Api,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    key: String,
    receive_buffer: Option<u32>,
}

impl Handshake {
    /// A plain handshake, as clients send it.
    pub(crate) fn with(api: &Api) -> Self {
        let key = generate_key();
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", &key),
            ("User-Agent", USER_AGENT),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let path = api.url.path.clone();
        Self { api: api.clone(), path, query: Vec::new(), headers, key, receive_buffer: None }
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
        self
    }

    /// Offers subprotocols.
    pub(crate) fn offering(self, subprotocols: &str) -> Self {
        self.header("Sec-WebSocket-Protocol", subprotocols)
    }

    /// Lets a connection hear what functions report of this handshake.
    pub(crate) fn observed_by(self, observer: &str) -> Self {
        self.query(instruction::OBSERVER, observer)
    }

    /// Tells `$connect` what to do.
    pub(crate) fn connect(self, steps: &[Step]) -> Self {
        self.query(instruction::CONNECT, &instruction::text(steps))
    }

    /// Tells the authorizer what to do.
    pub(crate) fn authorize(self, steps: &[Step]) -> Self {
        self.query(instruction::AUTHORIZE, &instruction::text(steps))
    }

    /// Lets the system receive only so many bytes before they are read.
    pub(crate) fn receive_buffer(mut self, bytes: u32) -> Self {
        self.receive_buffer = Some(bytes);
        self
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The URL as a signer wants it.
    pub(crate) fn url(&self) -> String {
        self.api.url.http_url(&self.target())
    }

    /// Sends the request, whatever comes of it.
    pub(crate) async fn send(&self) -> Verdict<Exchanged> {
        let request = Request {
            method: "GET".to_owned(),
            target: self.target(),
            headers: self.headers.clone(),
            receive_buffer: self.receive_buffer,
            ..Request::default()
        };
        match timeout(PATIENCE, exchange(&self.api.url, &request)).await {
            Ok(Ok(exchanged)) => Ok(exchanged),
            Ok(Err(error)) => Err(Shortfall::new("an answer to the handshake", error)),
            Err(_) => Err(Shortfall::new("an answer to the handshake", format!("nothing within {PATIENCE:?}"))),
        }
    }

    /// The answer of an API that must refuse.
    pub(crate) async fn refused(&self, status: u16) -> Verdict<Response> {
        let response = self.send().await?.response;
        let got = format!("{} {}", response.status, response.body);
        ensure(response.status == status, format!("status {status}"), got)?;
        Ok(response)
    }

    /// Opens the connection.
    pub(crate) async fn open(&self) -> Verdict<Client> {
        Ok(self.accepted().await?.0)
    }

    /// Opens the connection, and tells the answer.
    pub(crate) async fn accepted(&self) -> Verdict<(Client, Response)> {
        let Exchanged { response, stream, rest } = self.send().await?;
        let got = format!("{} {}", response.status, response.body);
        ensure(response.status == 101, "status 101", got)?;
        let accept = response.header("sec-websocket-accept");
        let expected = derive_accept_key(self.key.as_bytes());
        ensure(accept == Some(&expected), format!("`Sec-WebSocket-Accept: {expected}`"), format!("{accept:?}"))?;
        Ok((Client::new(stream, rest).await, response))
    }

    fn target(&self) -> String {
        if self.query.is_empty() {
            return self.path.clone();
        }
        format!("{}?{}", self.path, encode(&self.query))
    }
}

/// `%20` for a space: a `+` is one in forms only.
fn encode(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish().replace('+', "%20")
}

/// The value of an `Authorization` header for `user` and `password`.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_survive_a_query_string() {
        let text = instruction::text(&[Step::Fail("a + b & ü".to_owned())]);
        let encoded = encode(&[("connect".to_owned(), text.clone())]);
        assert!(!encoded.contains(['+', '{', '"']), "{encoded}");
        let decoded: Vec<_> = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        assert_eq!(decoded, [("connect".to_owned(), text)]);
    }
}
