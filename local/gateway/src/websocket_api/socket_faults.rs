//! Sockets that a fault plan breaks: at a message, without a close frame.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use tokio::net::TcpStream;

use super::client::Client;
use local_core::faults::{Direction, Faults, SocketEnding};

/// A second hold on a TCP connection, however deep the first is in TLS and HTTP by now. The connection ends with the last.
#[derive(Clone, Debug)]
pub(super) struct Wire(Arc<OwnedFd>);

impl Wire {
    /// Takes hold of `stream`, unless all file descriptors are in use.
    pub(super) fn of(stream: &TcpStream) -> Option<Self> {
        Some(Self(Arc::new(stream.as_fd().try_clone_to_owned().ok()?)))
    }

    /// From now on the connection ends with a reset, not with an end of the stream.
    fn reset_at_the_end(&self) {
        // A socket that cannot be told so ends in the other way.
        let _ = set_socket_linger(&self.0, Some(Duration::ZERO));
    }
}

/// What may break one connection.
pub(super) struct SocketFaults {
    faults: Faults,
    client: Arc<Client>,
    wire: Option<Wire>,
}

impl SocketFaults {
    pub(super) fn new(faults: Faults, client: Arc<Client>, wire: Option<Wire>) -> Self {
        Self { faults, client, wire }
    }

    /// Whether the connection breaks at this message, which is lost.
    pub(super) fn breaks(&self, direction: Direction) -> bool {
        let cut = self.faults.drops_socket(self.client.as_fault_target(), direction);
        if let (Some(SocketEnding::Reset), Some(wire)) = (cut, &self.wire) {
            wire.reset_at_the_end();
        }
        cut.is_some()
    }
}
