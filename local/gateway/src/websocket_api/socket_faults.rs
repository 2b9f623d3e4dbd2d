//! Sockets that a fault plan breaks: at a message, without a close frame.

use std::sync::Arc;

use super::client::Client;
use super::wire::Wire;
use local_core::faults::{Direction, Faults, SocketEnding};

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
