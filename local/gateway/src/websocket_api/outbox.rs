//! The bounded queue between whoever has a message for a client and the client's socket.

use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::limits::{QUEUED_BYTES, QUEUED_MESSAGES};

/// A message on its way to the socket; its bytes count until it is dropped.
pub(super) struct Outgoing {
    pub(super) text: Utf8Bytes,
    _bytes: OwnedSemaphorePermit,
}

/// Where messages for one client are put.
#[derive(Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    bytes: Arc<Semaphore>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Posted {
    /// The socket sends it next, after what came before.
    Accepted,
    /// The client does not read fast enough.
    Full,
    /// There is no such connection, not yet or no longer.
    Gone,
}

impl Outbox {
    /// An outbox, and what the socket takes from it.
    pub(super) fn new() -> (Self, mpsc::Receiver<Outgoing>) {
        let (queue, outgoing) = mpsc::channel(QUEUED_MESSAGES);
        (Self { queue, bytes: Arc::new(Semaphore::new(QUEUED_BYTES)) }, outgoing)
    }

    /// Puts `text` in if there is room.
    pub(super) fn post(&self, text: String) -> Posted {
        if self.queue.is_closed() {
            return Posted::Gone;
        }
        let Ok(bytes) = self.bytes.clone().try_acquire_many_owned(weight(&text)) else {
            return Posted::Full;
        };
        match self.queue.try_send(Outgoing { text: text.into(), _bytes: bytes }) {
            Ok(()) => Posted::Accepted,
            Err(TrySendError::Full(_)) => Posted::Full,
            Err(TrySendError::Closed(_)) => Posted::Gone,
        }
    }

    /// Puts `text` in as soon as there is room; a text for a connection that has ended is dropped.
    pub(super) async fn send(&self, text: String) {
        // The semaphore is never closed: room comes from the socket's writing or from its end.
        if let Ok(bytes) = self.bytes.clone().acquire_many_owned(weight(&text)).await {
            let _ = self.queue.send(Outgoing { text: text.into(), _bytes: bytes }).await;
        }
    }
}

/// Bytes of `text`; a text larger than the whole queue waits until it has the queue to itself.
fn weight(text: &str) -> u32 {
    u32::try_from(text.len().min(QUEUED_BYTES)).unwrap_or(u32::MAX)
}
