//! A Lambda endpoint that answers every event of an API at once, and knows the ids of new connections.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

use super::within_patience;

/// Returns status 200 and a body, as many handlers do.
pub(crate) struct AnsweringLambda {
    endpoint: String,
    connected: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl AnsweringLambda {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let (sender, connected) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((invocation, _)) = listener.accept().await {
                tokio::spawn(answer(invocation, sender.clone()));
            }
        });
        Self { endpoint, connected: Mutex::new(connected) }
    }

    /// Where functions are invoked.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The id of the next connection whose `$connect` is invoked.
    pub(crate) async fn connected(&self) -> String {
        let mut connected = self.connected.lock().await;
        within_patience("`$connect`", connected.recv()).await.expect("the endpoint runs as long as the story")
    }
}

async fn answer(stream: TcpStream, connected: mpsc::UnboundedSender<String>) -> std::io::Result<()> {
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
        let id = context["connectionId"].as_str().expect("a connection has an id").to_owned();
        let _over = connected.send(id);
    }
    stream
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\nconnection: close\r\n\r\n{\"statusCode\":200,\"body\":\"ok\"}",
        )
        .await?;
    stream.flush().await
}
