//! The Lambda service of the local stack: it owns every function's processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::invoke_api;
use super::pool::Pool;
use super::program::Program;
use super::record::Recorder;
use crate::events::Reporter;
use crate::faults::Faults;
use crate::template::Function;

/// How long a process may be idle before it ends. Lambda does not say how long it waits; some minutes are usual.
const IDLE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// How often the host looks for processes that are idle for too long.
const IDLE_CHECK: Duration = Duration::from_secs(30);

/// A function with all that it takes to run it.
#[derive(Clone, Debug)]
pub struct RunnableFunction {
    /// The function as the template has it.
    pub function: Function,
    /// What is started for each execution environment.
    pub program: Program,
    /// The whole environment but for what Lambda itself sets: nothing of the host's own environment is passed on.
    pub environment: BTreeMap<String, String>,
}

/// Serves the Lambda Invoke API and runs functions as processes.
///
/// No process outlives the host: cancelling `shutdown` ends them all, and [`Host::stopped`] waits for that. If the host
/// itself is killed, its Runtime API breaks off, and every runtime that follows Lambda's contract ends then, at the
/// latest when it has finished its current event.
#[derive(Debug)]
pub struct Host {
    shared: Arc<Shared>,
}

/// What requests need.
#[derive(Debug)]
pub(super) struct Shared {
    pools: Vec<Arc<Pool>>,
    /// Who notes the events of functions, if somebody does.
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

impl Host {
    /// Serves the Invoke API at `listener` until `shutdown`, notes events where there is a `recorder`, and injects `faults`.
    /// Must be called within a Tokio runtime.
    pub fn start(
        listener: TcpListener,
        functions: Vec<RunnableFunction>,
        recorder: Option<Recorder>,
        faults: &Faults,
        reporter: Reporter,
        shutdown: CancellationToken,
    ) -> Self {
        let pool = |function| Arc::new(Pool::new(function, faults.clone(), reporter.clone(), shutdown.clone()));
        let pools = functions.into_iter().map(pool).collect();
        let tasks = TaskTracker::new();
        let (events, callers) = (Backlog::of_events(), Backlog::of_callers());
        let shared = Arc::new(Shared { pools, recorder, events, callers, reporter, tasks, shutdown });
        shared.tasks.spawn(invoke_api::serve(listener, Arc::clone(&shared)));
        shared.tasks.spawn(close_at_shutdown(Arc::clone(&shared)));
        shared.tasks.spawn(end_idle_in_time(Arc::clone(&shared)));
        Self { shared }
    }

    /// New code for later invocations, by logical id: idle processes end now, busy ones after their invocation.
    pub fn replace(&self, programs: BTreeMap<String, Program>) {
        for (logical_id, program) in programs {
            let pool = self.shared.pools.iter().find(|pool| pool.function.function.logical_id == logical_id);
            if let Some(pool) = pool.map(Arc::clone) {
                let ended = pool.replace(program);
                self.shared.tasks.spawn(ended);
            }
        }
    }

    /// Ends the processes that have been idle for longer than this; the host itself does so after some minutes.
    pub async fn end_idle(&self, longer_than: Duration) {
        self.shared.end_idle(longer_than).await;
    }

    /// Ends when `shutdown` is cancelled and every process has been waited for.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            shared.tasks.close();
            shared.tasks.wait().await;
        }
    }
}

impl Shared {
    /// The function of this name or logical id.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Pool>> {
        let by_name = self.pools.iter().find(|pool| pool.function.function.name == name);
        by_name.or_else(|| self.pools.iter().find(|pool| pool.function.function.logical_id == name)).cloned()
    }

    async fn end_idle(&self, longer_than: Duration) {
        join_all(self.pools.iter().map(|pool| pool.end_idle(longer_than))).await;
    }

    /// The names of all functions.
    pub(super) fn names(&self) -> Vec<&str> {
        self.pools.iter().map(|pool| pool.function.function.name.as_str()).collect()
    }
}

async fn close_at_shutdown(shared: Arc<Shared>) {
    shared.shutdown.cancelled().await;
    join_all(shared.pools.iter().map(|pool| pool.close())).await;
}

async fn end_idle_in_time(shared: Arc<Shared>) {
    let mut checks = interval(IDLE_CHECK);
    while shared.shutdown.run_until_cancelled(checks.tick()).await.is_some() {
        shared.end_idle(IDLE_LIMIT).await;
    }
}
