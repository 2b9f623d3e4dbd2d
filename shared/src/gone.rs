//! Connections that answered 410, and the one place where they are forgotten.

use futures_util::stream::{self, StreamExt};

use crate::lanes::FAST_LANE;
use crate::logging::Chain;
use crate::{Connection, Sockets};

/// Gone connections that one fan-out remembers: forgetting them takes time, and the next fan-out meets the rest.
const MAX_GONE: usize = 1_000;

/// Connections that answered 410. Whoever fans out forgets them afterwards, when nobody waits for a frame any more.
#[derive(Debug, Default)]
pub struct Gone(Vec<Met>);

#[derive(Debug)]
struct Met {
    connection: Connection,
    /// Whether its handshake was over when it answered: only then has the answer meant that it is gone. Meanwhile it may have
    /// become old enough, and be open.
    was_settled: bool,
}

impl Gone {
    pub(crate) fn add(&mut self, connection: Connection) {
        if self.0.len() < MAX_GONE {
            let was_settled = connection.is_settled();
            self.0.push(Met { connection, was_settled });
        }
    }

    /// Adds those of another, as they answered then.
    pub(crate) fn append(&mut self, other: Self) {
        let room = MAX_GONE.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, also those whose handshake may be going on.
    pub(crate) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.0.iter().map(|met| &met.connection)
    }
}

impl Sockets {
    /// Forgets connections that answered 410, but for those that were so young that their handshake may have been going on:
    /// API Gateway answers 410 for them, too. A row that stays is met by the next 410, or expires.
    pub async fn forget_gone(&self, gone: Gone) {
        let settled = gone.0.into_iter().filter(|met| met.was_settled);
        let forgotten = stream::iter(settled).map(|met| async move {
            if let Err(error) = self.forget_settled(&met.connection).await {
                tracing::warn!(cause = %Chain(&error), "a dead connection was not forgotten");
            }
        });
        forgotten.buffer_unordered(FAST_LANE).for_each(std::future::ready).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;
    use crate::{ConnectionId, Endpoint, Peer};

    #[test]
    fn who_answered_while_its_handshake_was_going_on_is_not_gone_later_either() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let opened = |seconds_ago: u64| Connection {
            group: "room".to_owned(),
            member: "ada".to_owned(),
            peer: Peer {
                id: ConnectionId::new("SOqGjdZioAMCEeg=".to_owned()),
                endpoint: Endpoint::recorded("http://127.0.0.1:3001/dev".to_owned()),
            },
            connected_at: (now - seconds_ago) * 1_000,
            ends_at: now + 3_600,
        };
        let mut gone = Gone::default();
        gone.add(opened(20));
        gone.add(opened(40));
        assert_eq!(gone.0.iter().map(|met| met.was_settled).collect::<Vec<_>>(), [false, true]);
        assert_eq!(gone.connections().count(), 2, "both may have opened another connection");
    }
}
