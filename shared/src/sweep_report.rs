//! What a sweep sends, and what it reports.

use crate::Metrics;

/// The frames that a sweep sends.
///
/// ```
/// use parlor::SweepFrames;
///
/// let frames = SweepFrames { keep_alive: r#"{"type":"ping"}"#, renew: r#"{"type":"reconnect"}"# };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SweepFrames<'a> {
    /// For every connection, so that API Gateway does not close it: a frame that clients ignore.
    pub keep_alive: &'a str,
    /// For a connection that is about to be closed because of its age, or whose session is over: a frame at which clients open
    /// a new connection.
    pub renew: &'a str,
}

/// What a sweep did.
///
/// ```no_run
/// # use parlor::{Deadline, Error, Sockets, SweepFrames};
/// # async fn example(sockets: &Sockets, frames: SweepFrames<'_>, deadline: Deadline) -> Result<(), Error> {
/// let report = sockets.sweep(frames, deadline).await?;
/// report.emit("MyApp");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a sweep that is not reported looks like one that was missed"]
pub struct SweepReport {
    /// Connections that are kept open.
    pub kept: usize,
    /// Connections whose clients were asked to open a new one.
    pub renewed: usize,
    /// Connections that were closed because their session is over.
    pub closed: usize,
    /// Connections that answered 410. They are pruned, unless they are so young that their handshake may be going on.
    pub stale: usize,
    /// Connections that could not be reached.
    pub failed: usize,
}

impl SweepReport {
    /// Emits `Kept`, `Renewed`, `Closed`, `Gone` and `Failed` in a CloudWatch namespace. Only a sweep that came to its end has
    /// a report, so an alarm may watch for missing ones.
    pub fn emit(self, namespace: &'static str) {
        Metrics::new(namespace)
            .count("Kept", self.kept)
            .count("Renewed", self.renewed)
            .count("Closed", self.closed)
            .count("Gone", self.stale)
            .count("Failed", self.failed)
            .emit();
    }
}
