//! The connections that an instance has lately seen exceed their limit. It only saves calls of the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use parlor::ConnectionId;

use crate::Time;
use crate::counters::Counted;

/// The most connections that are remembered. Past that, all are forgotten.
const MOST: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct RecentExcess(Mutex<HashMap<ConnectionId, Seen>>);

#[derive(Clone, Copy, Debug)]
struct Seen {
    second: u64,
    is_closed: bool,
}

impl RecentExcess {
    pub(crate) fn note(&self, connection: &ConnectionId, counted: Counted, at: Time) {
        let is_closed = match counted {
            Counted::InExcess => false,
            Counted::Flood | Counted::AfterFlood => true,
            Counted::Within(_) | Counted::Throttled => return,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(connection.clone(), Seen { second: at.seconds(), is_closed });
    }

    /// Whether the connection was in excess in this second, or has been closed.
    pub(crate) fn includes(&self, connection: &ConnectionId, at: Time) -> bool {
        self.last(connection).is_some_and(|seen| seen.second == at.seconds()) || self.has_closed(connection, at)
    }

    /// Whether the connection was closed in this second or in the one before. If it is still open afterwards, closing it has failed,
    /// and the next flood tries again.
    pub(crate) fn has_closed(&self, connection: &ConnectionId, at: Time) -> bool {
        let is_recent = |second: u64| (second..=second.saturating_add(1)).contains(&at.seconds());
        self.last(connection).is_some_and(|seen| seen.is_closed && is_recent(seen.second))
    }

    fn last(&self, connection: &ConnectionId) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(connection).copied()
    }
}
