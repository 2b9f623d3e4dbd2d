//! TLS for the gateway's port: a certificate of an authority that this machine has for itself.
//!
//! Handlers often write `https` before the domain name that their event tells. With the authority's file in
//! `NODE_EXTRA_CA_CERTS`, and the bundle in `AWS_CA_BUNDLE` or `SSL_CERT_FILE`, that works here as on AWS.

mod authority;

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use authority::Authority;
use local_core::failure::Failure;
use local_core::trust::Trust;

/// The first byte of a TLS connection: a record of the type handshake. No HTTP request begins with it.
/// RFC 8446, section 5.1.
pub(crate) const HANDSHAKE_RECORD: u8 = 22;

/// What the stack needs to speak TLS.
#[derive(Clone)]
pub struct Tls {
    /// Answers TLS handshakes.
    pub acceptor: TlsAcceptor,
    /// What its clients need.
    pub trust: Trust,
    /// Why clients will not believe a certificate for the stack's name, if so: the authority vouches for private names only.
    pub objection: Option<String>,
}

impl Tls {
    /// TLS as `host`, a name or an address, with the authority in `directory`; there is one afterwards.
    ///
    /// # Errors
    /// The directory cannot be written to, or what is in it is no authority.
    pub fn open(directory: &Path, host: &str) -> Result<Self, Failure> {
        let authority = Authority::open(directory).map_err(|reason| unusable(directory, &reason))?;
        let bundle_file = directory.join("bundle.pem");
        let bundle = machine_roots() + authority.certificate();
        authority::write(&bundle_file, &bundle).map_err(|error| unusable(directory, &error.to_string()))?;
        let server = authority.issue(host).and_then(|(chain, key)| server_config(&chain, &key));
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(server.map_err(|reason| unusable(directory, &reason))?)),
            trust: Trust { authority_file: authority.certificate_file().to_owned(), bundle_file },
            objection: authority::objection(host),
        })
    }
}

fn server_config(chain: &str, key: &str) -> Result<ServerConfig, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
    let chain = chain.map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| error.to_string())?;
    // Named, not taken from the process: other crates may bring another.
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| error.to_string())
}

/// The certificates that this machine trusts, as far as they can be read: nobody needs all of them.
fn machine_roots() -> String {
    rustls_native_certs::load_native_certs().certs.iter().map(|certificate| authority::pem(certificate)).collect()
}

fn unusable(directory: &Path, reason: &str) -> Failure {
    Failure::new(
        format!("the certificate authority in `{}` cannot be used: {reason}", directory.display()),
        "make the directory writable, or remove it for a new authority",
    )
}

#[cfg(test)]
mod tests;
