//! The connections that `@connections` can reach.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::client::Client;
use super::outbox::{Outbox, Outgoing, Posted};

/// Connections by id, from the end of the handshake to the beginning of the end.
#[derive(Default)]
pub(super) struct Registry {
    entries: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    client: Arc<Client>,
    activity: Arc<Activity>,
    outbox: Outbox,
    /// Dropped with the entry, which the socket's side notices.
    _registered: oneshot::Sender<()>,
}

/// The socket's side of a connection.
pub(super) struct Session {
    pub(super) client: Arc<Client>,
    pub(super) activity: Arc<Activity>,
    pub(super) outbox: Outbox,
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    /// Resolves when the connection is no longer registered.
    pub(super) removed: oneshot::Receiver<()>,
}

/// What `GET` on `@connections` tells.
pub(super) struct Description {
    pub(super) client: Arc<Client>,
    pub(super) last_active_at: Timestamp,
}

/// When a message last passed, in either direction. Control frames do not count.
pub(super) struct Activity {
    began: Instant,
    began_at: Timestamp,
    last_milliseconds: AtomicU64,
}

impl Activity {
    /// Begins now.
    fn new() -> Self {
        Self { began: Instant::now(), began_at: Timestamp::now(), last_milliseconds: AtomicU64::new(0) }
    }

    /// A message passes now.
    pub(super) fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_milliseconds.fetch_max(elapsed, Ordering::Relaxed);
    }

    /// When the last message passed.
    pub(super) fn last(&self) -> Instant {
        self.began + self.last_elapsed()
    }

    fn last_at(&self) -> Timestamp {
        self.began_at.checked_add(self.last_elapsed()).unwrap_or(self.began_at)
    }

    fn last_elapsed(&self) -> Duration {
        Duration::from_millis(self.last_milliseconds.load(Ordering::Relaxed))
    }
}

impl Registry {
    /// Makes a connection reachable.
    pub(super) fn enter(&self, client: Client) -> Session {
        let client = Arc::new(client);
        let activity = Arc::new(Activity::new());
        let (outbox, outgoing) = Outbox::new();
        let (registered, removed) = oneshot::channel();
        let id = client.connection_id.clone();
        let session =
            Session { client: client.clone(), activity: activity.clone(), outbox: outbox.clone(), outgoing, removed };
        self.entries().insert(id, Entry { client, activity, outbox, _registered: registered });
        session
    }

    /// Makes a connection unreachable, which ends it; says whether it was reachable.
    pub(super) fn remove(&self, id: &str) -> bool {
        self.entries().remove(id).is_some()
    }

    /// Hands `text` to the socket of connection `id`.
    pub(super) fn post(&self, id: &str, text: String) -> Posted {
        let outbox = self.entries().get(id).map(|entry| entry.outbox.clone());
        outbox.map_or(Posted::Gone, |outbox| outbox.post(text))
    }

    /// What is known of connection `id`.
    pub(super) fn describe(&self, id: &str) -> Option<Description> {
        let entries = self.entries();
        let entry = entries.get(id)?;
        Some(Description { client: entry.client.clone(), last_active_at: entry.activity.last_at() })
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // No code that holds the lock can leave the map half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
