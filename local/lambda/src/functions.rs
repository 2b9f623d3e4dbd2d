//! The functions of the host, and what all of their invocations share.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use local_core::events::Reporter;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::pool::Pool;
use super::record::Recorder;

/// The functions of the host, and what all of their invocations share.
#[derive(Debug)]
pub(super) struct HostedFunctions {
    pub(super) pools: Vec<Arc<Pool>>,
    /// Writes the events of functions to files, if that was asked for.
    pub(super) recorder: Option<Recorder>,
    /// Asynchronous invocations that are not done.
    pub(super) events: Backlog,
    /// Invocations with a caller that have not begun.
    pub(super) callers: Backlog,
    pub(super) reporter: Reporter,
    /// Everything that must end before the host has stopped.
    pub(super) tasks: TaskTracker,
    /// Cancelled when the host stops.
    pub(super) shutdown: CancellationToken,
}

impl HostedFunctions {
    /// The function of this name or logical id.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Pool>> {
        let by_name = self.pools.iter().find(|pool| pool.function.function.name == name);
        by_name.or_else(|| self.pools.iter().find(|pool| pool.function.function.logical_id == name)).cloned()
    }

    /// Ends the processes that have been idle for longer than this.
    pub(super) async fn end_idle(&self, longer_than: Duration) {
        join_all(self.pools.iter().map(|pool| pool.end_idle(longer_than))).await;
    }

    /// The names of all functions.
    pub(super) fn names(&self) -> Vec<&str> {
        self.pools.iter().map(|pool| pool.function.function.name.as_str()).collect()
    }
}
