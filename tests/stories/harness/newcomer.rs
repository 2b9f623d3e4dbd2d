//! A connection whose handshake is still going on: the management API says that it is gone, and a moment later that it is not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::within_patience;

/// Answers 410 to the first post, and everything after that as for an open connection.
pub(crate) struct Newcomer {
    endpoint: String,
    asked: mpsc::UnboundedReceiver<&'static str>,
}

impl Newcomer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}/dev", listener.local_addr().expect("a bound listener has an address"));
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut is_there = false;
            while let Ok((mut call, _)) = listener.accept().await {
                let mut head = [0; 16 * 1024];
                let read = call.read(&mut head).await.unwrap_or_default();
                let (what, answer) = match &head[..read] {
                    head if head.starts_with(b"DELETE ") => ("close", "204 No Content\r\n"),
                    _ if is_there => ("post", "200 OK\r\ncontent-length: 0\r\n"),
                    _ => ("too early", "410 Gone\r\nx-amzn-errortype: GoneException\r\ncontent-length: 0\r\n"),
                };
                is_there = true;
                let answer = format!("HTTP/1.1 {answer}connection: close\r\n\r\n");
                let _gone = call.write_all(answer.as_bytes()).await;
                let _gone = tell.send(what);
            }
        });
        Self { endpoint, asked }
    }

    /// What stands in the row of its connection.
    pub(crate) fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Waits for the next thing that happens to it.
    pub(crate) async fn next(&mut self) -> &'static str {
        within_patience("a call for the newcomer", self.asked.recv()).await.expect("the newcomer listens")
    }
}
