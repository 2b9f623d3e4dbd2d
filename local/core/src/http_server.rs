//! The one HTTP/1.1 server loop of the stack's own services: slow clients are dropped, shutdown is graceful and soon.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::events::Reporter;

/// How long a connection may be kept without a request, the head of that request included; HTTP clients give up idle
/// connections sooner, so that none is closed under a request that is on its way.
pub const NEXT_HEAD_DEADLINE: Duration = Duration::from_secs(120);
/// What a connection may buffer, and so the largest head of a request: 64 KB.
const CONNECTION_BUFFER_BYTES: usize = 64 * 1024;
/// How long requests under way may take to end once the stack stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// Pause after a failed accept, which mostly means that the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who sent a request: an extension of every request that [`serve`] hands on.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves `router` until `shutdown`.
pub fn serve(
    listener: TcpListener,
    router: Router,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> BoxFuture<'static, ()> {
    Box::pin(accept(listener, router, reporter, shutdown))
}

async fn accept(listener: TcpListener, router: Router, reporter: Reporter, shutdown: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve_connection(stream, peer, router.clone(), shutdown.clone()));
                }
                Err(error) => {
                    reporter.warning(format_args!("cannot accept a connection: {error}"));
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    // Dropping the set ends what is left after the grace.
    let _elapsed =
        tokio::time::timeout(SHUTDOWN_GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, router: Router, shutdown: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(NEXT_HEAD_DEADLINE)
            .max_buf_size(CONNECTION_BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is the client's affair: errors here are broken or slow clients.
    tokio::select! {
        _ended = connection.as_mut() => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ended = connection.await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_util::sync::CancellationToken;

    use super::{NEXT_HEAD_DEADLINE, serve};
    use crate::events::Reporter;

    async fn connect() -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(|| async { "hello" });
        tokio::spawn(serve(listener, router, Reporter::default(), CancellationToken::new()));
        TcpStream::connect(address).await.unwrap()
    }

    async fn ask(stream: &mut TcpStream) {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"hello") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the connection ended");
        }
    }

    // The clock is the tests' own: it runs ahead to the next deadline whenever everybody waits.
    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_for_the_next_request() {
        let mut stream = connect().await;
        ask(&mut stream).await;
        tokio::time::advance(Duration::from_secs(100)).await;
        ask(&mut stream).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_is_cut_off() {
        let mut stream = connect().await;
        let began = tokio::time::Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        assert!(began.elapsed() <= NEXT_HEAD_DEADLINE + Duration::from_secs(1), "{:?}", began.elapsed());
    }
}
