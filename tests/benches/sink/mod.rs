//! Something that takes posts as fast as it can, in plain or through TLS, and counts them.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n";

/// A management API of any connection.
pub(crate) struct Sink {
    authority: String,
    certificate: Option<tempfile::NamedTempFile>,
    counter: Arc<Counter>,
}

#[derive(Default)]
struct Counter {
    taken: AtomicUsize,
    changed: Notify,
}

impl Sink {
    pub(crate) async fn start(tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let authority = listener.local_addr().expect("a bound listener has an address").to_string();
        let counter = Arc::new(Counter::default());
        let (acceptor, certificate) = if tls { secure() } else { (None, None) };
        let counting = Arc::clone(&counter);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (counter, acceptor) = (Arc::clone(&counting), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => take(stream, &counter).await,
                        Some(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => take(stream, &counter).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { authority, certificate, counter }
    }

    /// The endpoint of a connection that takes its posts, or of one that never answers.
    pub(crate) fn endpoint(&self, is_frozen: bool) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let stage = if is_frozen { "frozen" } else { "dev" };
        format!("{scheme}://{}/{stage}", self.authority)
    }

    /// The file by which clients believe it.
    pub(crate) fn trust(&self) -> Option<PathBuf> {
        self.certificate.as_ref().map(|file| file.path().to_owned())
    }

    pub(crate) fn reset(&self) {
        self.counter.taken.store(0, Ordering::SeqCst);
    }

    /// Waits until it has taken so many posts.
    pub(crate) async fn has_taken(&self, posts: usize) {
        loop {
            let changed = self.counter.changed.notified();
            if self.counter.taken.load(Ordering::SeqCst) >= posts {
                return;
            }
            changed.await;
        }
    }
}

/// Requests of one connection, until it ends. Heads and bodies of posts are small: they come in one piece or two.
async fn take(mut stream: impl AsyncRead + AsyncWrite + Unpin, counter: &Counter) -> Option<()> {
    let mut received = Vec::with_capacity(4096);
    loop {
        let head = loop {
            if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            (stream.read_buf(&mut received).await.ok()? > 0).then_some(())?;
        };
        let text = std::str::from_utf8(&received[..head]).ok()?;
        let is_frozen = text.starts_with("POST /frozen");
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let end = head + length.unwrap_or_default();
        while received.len() < end {
            (stream.read_buf(&mut received).await.ok()? > 0).then_some(())?;
        }
        received.drain(..end);
        if is_frozen {
            std::future::pending::<()>().await;
        }
        stream.write_all(TAKEN).await.ok()?;
        counter.taken.fetch_add(1, Ordering::SeqCst);
        counter.changed.notify_waiters();
    }
}

fn secure() -> (Option<TlsAcceptor>, Option<tempfile::NamedTempFile>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), cert.pem()).expect("a file");
    let key = tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .expect("the key is the certificate's");
    (Some(TlsAcceptor::from(Arc::new(config))), Some(file))
}
