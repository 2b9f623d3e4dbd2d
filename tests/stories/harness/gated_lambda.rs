//! A Lambda endpoint whose `$connect` returns when the story says so.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::within_patience;

/// Is invoked for every event of an API. It holds handshakes, and answers the other events at once, with a body as many handlers
/// return one.
pub(crate) struct GatedLambda {
    endpoint: String,
    held: Mutex<mpsc::UnboundedReceiver<HeldHandshake>>,
}

/// A handshake whose `$connect` runs.
pub(crate) struct HeldHandshake {
    pub(crate) connection_id: String,
    door: oneshot::Sender<()>,
}

impl HeldHandshake {
    /// Lets `$connect` return 200.
    pub(crate) fn accept(self) {
        self.door.send(()).expect("`$connect` waits");
    }
}

impl GatedLambda {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let (told, held) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((invocation, _)) = listener.accept().await {
                tokio::spawn(answer(invocation, told.clone()));
            }
        });
        Self { endpoint, held: Mutex::new(held) }
    }

    /// Where functions are invoked.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Waits for the next handshake.
    pub(crate) async fn next(&self) -> HeldHandshake {
        let mut held = self.held.lock().await;
        within_patience("`$connect`", held.recv()).await.expect("the endpoint runs as long as the story")
    }
}

async fn answer(stream: TcpStream, told: mpsc::UnboundedSender<HeldHandshake>) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    let (mut length, mut line) = (0, String::new());
    while stream.read_line(&mut line).await? > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("the length of an event");
        }
        line.clear();
    }
    let mut event = vec![0; length];
    stream.read_exact(&mut event).await?;
    let event: Value = serde_json::from_slice(&event).expect("an event is JSON");
    let context = &event["requestContext"];
    if context["eventType"] == "CONNECT" {
        let connection_id = context["connectionId"].as_str().expect("a connection has an id").to_owned();
        let (door, opened) = oneshot::channel();
        let _over = told.send(HeldHandshake { connection_id, door });
        let _over = opened.await;
    }
    stream
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\nconnection: close\r\n\r\n{\"statusCode\":200,\"body\":\"ok\"}",
        )
        .await?;
    stream.flush().await
}
