//! The other end of a TCP connection.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::request_head::Spelling;
use super::wire::Wire;

/// Who is at the other end, and how it writes header names.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) spelling: Arc<Spelling>,
    /// A hold on the socket, if faults may break it.
    pub(super) wire: Option<Wire>,
    #[expect(dead_code, reason = "held for its drop")]
    /// Held by every task that holds this peer's socket: `serve` waits for them.
    pub(super) alive: mpsc::Sender<()>,
}
