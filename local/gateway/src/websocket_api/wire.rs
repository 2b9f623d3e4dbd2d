//! A second hold on a TCP connection.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use tokio::net::TcpStream;

/// A second hold on a TCP connection, however deep the first is in TLS and HTTP by now. The connection ends with the last.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<OwnedFd>);

impl Wire {
    /// Takes hold of `stream`, unless all file descriptors are in use.
    pub(super) fn of(stream: &TcpStream) -> Option<Self> {
        Some(Self(Arc::new(stream.as_fd().try_clone_to_owned().ok()?)))
    }

    /// From now on the connection ends with a reset, not with an end of the stream.
    pub(super) fn reset_at_the_end(&self) {
        // A socket that cannot be told so ends in the other way.
        let _ = set_socket_linger(&self.0, Some(Duration::ZERO));
    }
}
