//! The files with which TLS clients trust the stack.

use std::path::PathBuf;

/// The files with which TLS clients trust the stack.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The authority's certificate alone, for `NODE_EXTRA_CA_CERTS` and trust stores.
    pub authority_file: PathBuf,
    /// The authority's certificate and the machine's own, for variables that replace the latter: `AWS_CA_BUNDLE`,
    /// `SSL_CERT_FILE`.
    pub bundle_file: PathBuf,
}
