//! A WebSocket client with verbs.

use futures_util::{FutureExt, SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::within_patience;

/// What browsers call a connection that ended without a closing handshake.
const ABNORMAL_CLOSURE: u16 = 1006;
/// What browsers call a closing handshake without a code.
const NO_STATUS_RECEIVED: u16 = 1005;

/// A WebSocket as it is, for stories that read it in their own way.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open WebSocket.
pub(crate) struct Client {
    socket: Socket,
    subprotocol: Option<String>,
}

/// Opens a WebSocket at `url`, or tells the HTTP status that it was refused with.
pub(crate) async fn connect(url: &str, subprotocols: &[&str]) -> Result<Client, StatusCode> {
    let mut request = url.into_client_request().expect("a WebSocket URL");
    if !subprotocols.is_empty() {
        let offered = HeaderValue::from_str(&subprotocols.join(", ")).expect("subprotocols are tokens");
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offered);
    }
    match within_patience("the handshake", connect_async(request)).await {
        Ok((socket, response)) => {
            let subprotocol = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
            let subprotocol = subprotocol.and_then(|value| value.to_str().ok()).map(str::to_owned);
            Ok(Client { socket, subprotocol })
        }
        Err(Error::Http(response)) => Err(response.status()),
        Err(error) => panic!("the handshake with {url} failed: {error}"),
    }
}

impl Client {
    /// The subprotocol that the server chose.
    pub(crate) fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The socket itself.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }

    /// Sends a text frame.
    pub(crate) async fn say(&mut self, text: &str) {
        let sent = self.socket.send(Message::text(text));
        within_patience("sending a frame", sent).await.expect("an open connection takes a frame");
    }

    /// Sends JSON as a text frame.
    pub(crate) async fn say_json(&mut self, value: Value) {
        self.say(&value.to_string()).await;
    }

    /// Waits for the next text frame.
    pub(crate) async fn next_text(&mut self) -> String {
        match self.next_message().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("not a text frame: {other:?}"),
        }
    }

    /// Whether no frame has arrived yet. It does not wait.
    pub(crate) fn has_heard_nothing(&mut self) -> bool {
        self.socket.next().now_or_never().is_none()
    }

    /// Waits for the next text frame, which is JSON. Frames of sweeps are skipped: the schedule of the template runs by the clock.
    pub(crate) async fn next_json(&mut self) -> Value {
        loop {
            let frame = self.next_frame().await;
            if frame["Type"] != "KEEPALIVE" {
                return frame;
            }
        }
    }

    /// Waits for the next text frame, which is JSON, also if it is one of a sweep.
    pub(crate) async fn next_frame(&mut self) -> Value {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON: {error}: {text}"))
    }

    /// Waits until the server closes the connection, before any other frame: the close code, as browsers tell it.
    pub(crate) async fn closes_with(mut self) -> u16 {
        match self.next_message().await {
            None => ABNORMAL_CLOSURE,
            Some(Message::Close(Some(frame))) => frame.code.into(),
            Some(Message::Close(None)) => NO_STATUS_RECEIVED,
            Some(other) => panic!("not the end of the connection: {other:?}"),
        }
    }

    /// Waits until the server closes the connection: the frames before that, which are JSON, and the close code.
    pub(crate) async fn hears_until_its_end(mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match self.next_message().await {
                Some(Message::Text(text)) => frames.push(serde_json::from_str(&text).expect("JSON")),
                Some(Message::Close(Some(frame))) => return (frames, frame.code.into()),
                Some(Message::Close(None)) => return (frames, NO_STATUS_RECEIVED),
                Some(_) => {}
                None => return (frames, ABNORMAL_CLOSURE),
            }
        }
    }

    /// Closes the connection and waits for the server's answer to that.
    pub(crate) async fn leave(mut self) {
        let _gone_already = within_patience("closing", self.socket.close(None)).await;
        while let Some(Message::Text(_) | Message::Binary(_)) = self.next_message().await {}
    }

    /// The next message that is not about keeping the connection alive; `None` at the end of the connection.
    async fn next_message(&mut self) -> Option<Message> {
        let message = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(message)) => return Some(message),
                    Some(Err(_)) | None => return None,
                }
            }
        };
        within_patience("the next frame", message).await
    }
}
