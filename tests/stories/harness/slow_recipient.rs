//! A management API of one connection that takes its time.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::within_patience;

/// Answers one post, when it is told to.
pub(crate) struct SlowRecipient {
    endpoint: String,
    posted: Option<oneshot::Receiver<()>>,
    answer: Option<oneshot::Sender<&'static str>>,
}

impl SlowRecipient {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}/dev", listener.local_addr().expect("a bound listener has an address"));
        let (posted, was_posted) = oneshot::channel();
        let (answer, may_answer) = oneshot::channel();
        tokio::spawn(async move {
            let (mut post, _) = listener.accept().await.expect("somebody posts");
            let mut head = [0; 16 * 1024];
            let read = post.read(&mut head).await.expect("the post has a head");
            assert!(head[..read].starts_with(b"POST /dev/@connections/"), "{}", String::from_utf8_lossy(&head[..read]));
            let _gone = posted.send(());
            let Ok(status) = may_answer.await else { return };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            post.write_all(answer.as_bytes()).await.expect("the poster waits");
        });
        Self { endpoint, posted: Some(was_posted), answer: Some(answer) }
    }

    /// What stands in the row of its connection.
    pub(crate) fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Waits for the post.
    pub(crate) async fn is_posted_to(&mut self) {
        let posted = self.posted.take().expect("one post is waited for once");
        within_patience("the post", posted).await.expect("the recipient listens");
    }

    /// Answers the post: the frame has arrived.
    pub(crate) fn takes_the_frame(&mut self) {
        self.answers("200 OK");
    }

    /// Answers the post: the connection is gone.
    pub(crate) fn is_gone(&mut self) {
        self.answers("410 Gone\r\nx-amzn-errortype: GoneException");
    }

    fn answers(&mut self, status: &'static str) {
        let answer = self.answer.take().expect("one post is answered once");
        answer.send(status).expect("the post has arrived");
    }
}
