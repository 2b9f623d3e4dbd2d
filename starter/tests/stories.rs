//! Clients and functions together, over real sockets: `parlor exec -- cargo test` runs these tests, and plain `cargo test`
//! skips them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Far longer than any answer takes, also on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(20);

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// The URL of the API that `parlor exec` has started, if it has.
fn url() -> Option<String> {
    let url = std::env::var("PARLOR_WEBSOCKET_URL").ok();
    if url.is_none() {
        eprintln!("skipped: run `parlor exec -- cargo test` to test over real sockets");
    }
    url
}

impl Client {
    async fn connect(url: &str, name: &str) -> Self {
        let (socket, _response) = connect_async(format!("{url}?name={name}")).await.expect("the handshake succeeds");
        Self(socket)
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.expect("an open connection");
    }

    /// The next frame that is not a sweep's.
    async fn next(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(TIMEOUT, self.0.next()).await.expect("a frame in time");
            let frame = frame.expect("an open connection").expect("a frame").into_text().expect("a text");
            let frame: Value = serde_json::from_str(&frame).expect("JSON");
            if frame.get("event").is_none() {
                return frame;
            }
        }
    }
}

#[tokio::test]
async fn two_clients_receive_what_the_other_says() {
    let Some(url) = url() else { return };
    let mut ada = Client::connect(&url, "ada").await;
    let mut ben = Client::connect(&url, "ben").await;

    ada.send(json!({ "action": "say", "text": "hello" })).await;
    assert_eq!(ben.next().await, json!({ "from": "ada", "text": "hello" }));
    assert_eq!(ada.next().await, json!({ "delivered": 1 }));

    ben.send(json!({ "action": "say", "text": "hi" })).await;
    assert_eq!(ada.next().await, json!({ "from": "ben", "text": "hi" }));
}
