use std::os::unix::fs::PermissionsExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;

/// A client that trusts what stands in `file`.
fn client(file: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).unwrap() {
        // The machine's own may be older than this library accepts.
        let _ = roots.add(certificate.unwrap());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Whether a client that trusts `file` believes that it talks to `name`.
async fn believes(tls: &Tls, file: &Path, name: &'static str) -> bool {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let serve = async {
        if let Ok(mut stream) = tls.acceptor.accept(far).await {
            let _ = stream.write_all(b"hello").await;
            let _ = stream.shutdown().await;
        }
    };
    let ask = async {
        let mut stream = client(file).connect(ServerName::try_from(name).unwrap(), near).await.ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.ok()?;
        Some(text)
    };
    let ((), heard) = tokio::join!(serve, ask);
    heard.as_deref() == Some("hello")
}

#[tokio::test]
async fn clients_that_trust_the_authority_believe_the_stack() {
    let directory = tempfile::tempdir().unwrap();
    let tls = Tls::open(directory.path(), "192.168.7.9").unwrap();
    for file in [&tls.trust.authority_file, &tls.trust.bundle_file] {
        for name in ["127.0.0.1", "localhost", "::1", "192.168.7.9"] {
            assert!(believes(&tls, file, name).await, "{name}");
        }
        assert!(!believes(&tls, file, "10.0.0.1").await);
    }
    assert_eq!(tls.objection, None);
}

#[tokio::test]
async fn the_authority_stays_the_same_and_its_key_is_its_owner_s() {
    let directory = tempfile::tempdir().unwrap();
    let first = Tls::open(directory.path(), "127.0.0.1").unwrap();
    let trusted = std::fs::read(&first.trust.authority_file).unwrap();
    let second = Tls::open(directory.path(), "127.0.0.1").unwrap();
    assert_eq!(std::fs::read(&second.trust.authority_file).unwrap(), trusted);
    assert!(believes(&second, &first.trust.authority_file, "127.0.0.1").await);
    let mode = directory.path().join("ca.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    for file in [&first.trust.authority_file, &first.trust.bundle_file] {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{mode:o}");
    }

    // Without its certificate the authority is still there; without its key it is another.
    std::fs::remove_file(&first.trust.authority_file).unwrap();
    let again = Tls::open(directory.path(), "127.0.0.1").unwrap();
    assert!(believes(&second, &again.trust.authority_file, "127.0.0.1").await);
    std::fs::remove_file(directory.path().join("ca.key")).unwrap();
    let other = Tls::open(directory.path(), "127.0.0.1").unwrap();
    assert!(!believes(&second, &other.trust.authority_file, "127.0.0.1").await);
    assert!(believes(&other, &other.trust.authority_file, "127.0.0.1").await);
}

#[tokio::test]
async fn a_stolen_key_vouches_for_no_public_name() {
    let directory = tempfile::tempdir().unwrap();
    let public = Tls::open(directory.path(), "example.com").unwrap();
    assert!(public.objection.as_deref().unwrap().contains("`example.com`"), "{:?}", public.objection);

    let authority = Authority::open(directory.path()).unwrap();
    let (chain, key) = authority.issue_for(vec!["example.com".to_owned()]).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&chain, &key).unwrap()));
    let forged = Tls { acceptor, ..public };
    assert!(!believes(&forged, &forged.trust.authority_file, "example.com").await);
    let (chain, key) = authority.issue_for(vec!["printer.local".to_owned()]).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&chain, &key).unwrap()));
    let private = Tls { acceptor, ..forged };
    assert!(believes(&private, &private.trust.authority_file, "printer.local").await);
}

#[test]
fn a_certificate_is_not_called_like_its_authority() {
    let directory = tempfile::tempdir().unwrap();
    let (chain, _key) = Authority::open(directory.path()).unwrap().issue("127.0.0.1").unwrap();
    let certificate = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap();
    let name = authority::NAME.as_bytes();
    // As its issuer, and not as its subject too.
    assert_eq!(certificate.windows(name.len()).filter(|window| *window == name).count(), 1);
}

#[test]
fn the_authority_vouches_for_private_names_only() {
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.5",
        "::1",
        "fd00::1",
        "localhost",
        "box.local",
        "host.docker.internal",
    ] {
        assert_eq!(authority::objection(host), None, "{host}");
    }
    for host in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "example.com", "notlocal", "box"] {
        assert!(authority::objection(host).is_some(), "{host}");
    }
}

#[test]
fn what_is_no_authority_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ca.key"), "nonsense").unwrap();
    let failure = Tls::open(directory.path(), "127.0.0.1").err().unwrap();
    assert!(failure.message().contains("ca.key"), "{failure}");
}
