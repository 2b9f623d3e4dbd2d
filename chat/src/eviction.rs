//! Disconnects a user from a room: each connection receives the event and is closed.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use parlor::{Audience, Connection, ConnectionId, Error, SendOutcome, Sockets};

/// Connections that are closed at the same time.
const CLOSED_AT_ONCE: usize = 16;

/// The pause before the last pass. What throttled or failed a call has passed by then, mostly.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// What closing a connection depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// That it has the event. One that does not is left for the next pass.
    Required,
    /// Nothing: a client that does not read must not stay because of that.
    Attempted,
}

/// A user's connections on their way out of a room.
pub(crate) struct Eviction<'a> {
    sockets: &'a Sockets,
    room_id: &'a str,
    user_id: &'a str,
    /// The event that says so.
    frame: &'a str,
    closed: HashSet<ConnectionId>,
}

impl<'a> Eviction<'a> {
    pub(crate) fn new(sockets: &'a Sockets, room_id: &'a str, user_id: &'a str, frame: &'a str) -> Self {
        Self { sockets, room_id, user_id, frame, closed: HashSet::new() }
    }

    /// Closes the user's connections as they are now, those that are just being opened among them. One that cannot be closed
    /// keeps no other one open.
    ///
    /// # Errors
    /// The connections cannot be read, or one of them cannot be closed yet.
    pub(crate) async fn pass(&mut self, reached: Reached) -> Result<(), Error> {
        let (mut outcome, mut next) = (Ok(()), Some(Audience::member(self.room_id, self.user_id).into()));
        while let Some(start) = next.take() {
            let page = self.sockets.page(start).await?;
            let open: Vec<_> = page.connections.into_iter().filter(|to| !self.closed.contains(&to.peer.id)).collect();
            let closings = stream::iter(open).map(|connection| close(self.sockets, self.frame, connection, reached));
            for closing in closings.buffer_unordered(CLOSED_AT_ONCE).collect::<Vec<_>>().await {
                match closing {
                    Ok(id) => _ = self.closed.insert(id),
                    Err(error) => outcome = outcome.and(Err(error)),
                }
            }
            next = page.next;
        }
        outcome
    }
}

async fn close(
    sockets: &Sockets,
    frame: &str,
    connection: Connection,
    reached: Reached,
) -> Result<ConnectionId, Error> {
    match (sockets.send_when_open(&connection, frame).await, reached) {
        // It is closed already.
        (Ok(SendOutcome::Stale), _) => return Ok(connection.peer.id),
        (Err(error), Reached::Required) => return Err(error),
        (Err(error), Reached::Attempted) => parlor::log_warning("a user was disconnected without the event", &error),
        (Ok(_), _) => {}
    }
    sockets.disconnect(&connection.peer).await?;
    Ok(connection.peer.id)
}
