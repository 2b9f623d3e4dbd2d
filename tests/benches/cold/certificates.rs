//! A certificate chain as AWS has it: an RSA-2048 leaf, an intermediate, and a root that clients trust.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// The application protocol of HTTP/1.1 (RFC 7301).
const HTTP_1: &[u8] = b"http/1.1";
/// The application protocol of HTTP/2 (RFC 9113).
const HTTP_2: &[u8] = b"h2";

/// The certificates of 127.0.0.1.
pub(crate) struct Certificates {
    root: tempfile::NamedTempFile,
    /// Leaf and intermediate, which a server sends.
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Certificates {
    pub(crate) fn generate() -> Self {
        let (root_parameters, root_key) = authority("Bench root");
        let root = root_parameters.self_signed(&root_key).expect("a root certificate");
        let root_issuer = Issuer::new(root_parameters, root_key);
        let (parameters, intermediate_key) = authority("Bench intermediate");
        let intermediate = parameters.signed_by(&intermediate_key, &root_issuer).expect("an intermediate certificate");
        let intermediate_issuer = Issuer::new(parameters, intermediate_key);
        let parameters = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address is a valid name");
        let key = rsa_key();
        let leaf = parameters.signed_by(&key, &intermediate_issuer).expect("a leaf certificate");
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), root.pem()).expect("a temporary file can be written");
        Self { root: file, chain: vec![leaf.der().clone(), intermediate.der().clone()], key }
    }

    /// The file with the root, in PEM: the value of `SSL_CERT_FILE`.
    pub(crate) fn root_file(&self) -> &Path {
        self.root.path()
    }

    /// The TLS end of a server that offers HTTP/1.1, and HTTP/2 too if `offers_http_2`.
    pub(crate) fn acceptor(&self, offers_http_2: bool) -> TlsAcceptor {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider supports the default versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key.into())
            .expect("the key belongs to the certificate");
        let protocols: &[&[u8]] = if offers_http_2 { &[HTTP_2, HTTP_1] } else { &[HTTP_1] };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Whether the client of a connection has chosen HTTP/2.
pub(crate) fn is_http_2(protocol: Option<&[u8]>) -> bool {
    protocol == Some(HTTP_2)
}

fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (parameters, rsa_key())
}

fn rsa_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_RSA_SHA256).expect("an RSA key")
}
