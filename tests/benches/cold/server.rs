//! An HTTP server, in plain text or through TLS, that counts handshakes and requests.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::certificates::is_http_2;

/// A server on a free loopback port. It runs until the bench ends.
pub(crate) struct Server {
    address: SocketAddr,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    handshakes: AtomicUsize,
    requests: AtomicUsize,
}

impl Server {
    /// Starts a server that answers with `answer`. Without an acceptor it speaks plain HTTP/1.1.
    pub(crate) async fn start<Answer, Answering>(acceptor: Option<TlsAcceptor>, answer: Answer) -> Self
    where
        Answer: Fn(Request<Bytes>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let counters = Arc::new(Counters::default());
        let counting = Arc::clone(&counters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (acceptor, counters, answer) = (acceptor.clone(), Arc::clone(&counting), answer.clone());
                tokio::spawn(async move {
                    let Some(acceptor) = acceptor else { return talk(stream, false, counters, answer).await };
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    counters.handshakes.fetch_add(1, Ordering::SeqCst);
                    let is_http_2 = is_http_2(stream.get_ref().1.alpn_protocol());
                    talk(stream, is_http_2, counters, answer).await;
                });
            }
        });
        Self { address, counters }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// TLS handshakes that have completed.
    pub(crate) fn handshakes(&self) -> usize {
        self.counters.handshakes.load(Ordering::SeqCst)
    }

    /// Requests that were answered.
    pub(crate) fn requests(&self) -> usize {
        self.counters.requests.load(Ordering::SeqCst)
    }
}

/// Answers the requests of one connection until it ends.
async fn talk<Answer, Answering>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    is_http_2: bool,
    counters: Arc<Counters>,
    answer: Answer,
) where
    Answer: Fn(Request<Bytes>) -> Answering + Clone + Send + Sync + 'static,
    Answering: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (counters, answer) = (Arc::clone(&counters), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            // A body that cannot be read ends with its connection.
            let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.unwrap_or_default();
            let response = answer(Request::from_parts(head, body)).await;
            counters.requests.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(response)
        }
    });
    let stream = TokioIo::new(stream);
    // Errors are those of a client that ends in the middle of its connection.
    if is_http_2 {
        let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await;
    } else {
        let _ = http1::Builder::new().serve_connection(stream, service).await;
    }
}
