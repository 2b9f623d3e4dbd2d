//! Connections that answered 410, and the one place where they are pruned.

use futures_util::stream::{self, StreamExt};

use crate::logging::Chain;
use crate::{Connection, Sockets};

/// The most stale connections that one broadcast keeps: pruning takes time, and the next broadcast meets the others.
const MAX_STALE: usize = 1_000;

/// Deletes that are in progress at the same time. More would each need a connection to DynamoDB of their own.
pub(crate) const DELETES_AT_ONCE: usize = 32;

/// Connections that answered 410.
#[derive(Debug, Default)]
pub(crate) struct Stale(Vec<Met>);

#[derive(Debug)]
struct Met {
    connection: Connection,
    /// Whether its handshake must have been over when it answered: only then does the answer mean that it is closed. By the
    /// time of pruning it may have become old enough, and be open.
    was_settled: bool,
}

impl Stale {
    pub(crate) fn add(&mut self, connection: Connection) {
        if self.0.len() < MAX_STALE {
            let was_settled = connection.is_settled();
            self.0.push(Met { connection, was_settled });
        }
    }

    /// Adds those of another, as they answered then.
    pub(crate) fn append(&mut self, other: Self) {
        let room = MAX_STALE.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
    }

    /// All of them, also those whose handshake may not be complete.
    pub(crate) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.0.iter().map(|met| &met.connection)
    }
}

impl Sockets {
    /// Deletes the rows of stale connections, except for those that were so young that their handshake may not have been
    /// complete: API Gateway answers 410 for them, too. A row that stays meets the next 410, or expires.
    pub(crate) async fn prune(&self, stale: Stale) {
        let settled = stale.0.into_iter().filter(|met| met.was_settled);
        let pruned = stream::iter(settled).map(|met| async move {
            if let Err(error) = self.unregister_settled(&met.connection).await {
                tracing::warn!(cause = %Chain(&error), "a stale connection was not pruned");
            }
        });
        pruned.buffer_unordered(DELETES_AT_ONCE).for_each(std::future::ready).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_connection_that_answered_during_its_handshake_is_not_pruned_later_either() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let peer = r#"{"id":"SOqGjdZioAMCEeg=","endpoint":"http://127.0.0.1:3001/dev"}"#;
        let peer: crate::Peer = serde_json::from_str(peer).unwrap();
        let opened =
            |seconds_ago: u64| Connection::from_parts(peer.clone(), (now - seconds_ago) * 1_000, "room", "ada");
        let mut stale = Stale::default();
        stale.add(opened(20));
        stale.add(opened(40));
        assert_eq!(stale.0.iter().map(|met| met.was_settled).collect::<Vec<_>>(), [false, true]);
        assert_eq!(stale.connections().count(), 2, "both members may have opened another connection");
    }
}
