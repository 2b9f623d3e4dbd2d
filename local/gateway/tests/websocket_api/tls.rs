//! TLS at the port that takes plain connections, too.

use std::sync::Arc;

use local_gateway::tls::Tls;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{World, connection_id, soon};

/// A gateway with TLS, and what its clients trust.
struct Secure {
    world: World,
    connector: TlsConnector,
    _directory: tempfile::TempDir,
}

impl Secure {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let tls = Tls::open(directory.path(), "127.0.0.1").unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&tls.trust.authority_file).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let world = World::with(|setup| setup.tls = Some(tls)).await;
        Self { world, connector: TlsConnector::from(Arc::new(config)), _directory: directory }
    }

    async fn dial(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.world.address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        soon(self.connector.connect(name, stream)).await.unwrap()
    }
}

#[tokio::test]
async fn sockets_and_calls_work_in_plain_and_through_tls_at_one_port() {
    use futures_util::StreamExt;

    let secure = Secure::start().await;
    let url = format!("wss://{}/dev", secure.world.address);
    let (mut socket, _) = soon(client_async(url, secure.dial().await)).await.unwrap();
    let id = connection_id(&secure.world.lambda.event_of("connect").await);

    // The caller signs as usual: what is signed does not depend on TLS.
    let call = secure.world.signed_call("local", "POST", &id, b"through TLS");
    let mut stream = secure.dial().await;
    stream.write_all(&call).await.unwrap();
    let mut answer = vec![0; 15];
    soon(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK");
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("through TLS"));

    assert_eq!(secure.world.call("POST", &id, "in plain").await.status, 200);
    assert_eq!(soon(socket.next()).await.unwrap().unwrap(), Message::text("in plain"));
    secure.world.connect().await;
}

#[tokio::test]
async fn what_begins_like_tls_and_is_none_disturbs_nobody() {
    let secure = Secure::start().await;
    for garbage in [&[22_u8, 3, 1, 255, 255][..], &[22; 4000], b"\x16GET /dev HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(secure.world.address).await.unwrap();
        let _ = stream.write_all(garbage).await;
        let _ = stream.shutdown().await;
        let _ = soon(stream.read_to_end(&mut Vec::new())).await;
    }
    secure.world.connect().await;
}
