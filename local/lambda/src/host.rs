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
use super::functions::HostedFunctions;
use super::invoke_api;
use super::pool::Pool;
use super::program::Program;
use super::record::Recorder;
use super::runnable_function::RunnableFunction;
use local_core::events::Reporter;
use local_core::faults::Faults;

/// How long a process may be idle before it ends. Lambda does not say how long it waits; some minutes are usual.
const IDLE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// How often the host looks for processes that are idle for too long.
const IDLE_CHECK: Duration = Duration::from_secs(30);

/// Serves the Lambda Invoke API and runs functions as processes.
///
/// No process outlives the host: cancelling `shutdown` ends them all, and [`Host::stopped`] waits for that. If the host
/// itself is killed, its Runtime API breaks off, and every runtime that follows Lambda's contract ends then, at the
/// latest when it has finished its current event.
#[derive(Debug)]
pub struct Host {
    functions: Arc<HostedFunctions>,
}

impl Host {
    /// Serves the Invoke API at `listener` until `shutdown`, notes events where there is a `recorder`, and injects `faults`.
    /// Must be called within a Tokio runtime.
    pub fn start(
        listener: TcpListener,
        runnable: Vec<RunnableFunction>,
        recorder: Option<Recorder>,
        faults: &Faults,
        reporter: Reporter,
        shutdown: CancellationToken,
    ) -> Self {
        let pool = |function| Arc::new(Pool::new(function, faults.clone(), reporter.clone(), shutdown.clone()));
        let pools = runnable.into_iter().map(pool).collect();
        let tasks = TaskTracker::new();
        let (events, callers) = (Backlog::of_events(), Backlog::of_callers());
        let functions = Arc::new(HostedFunctions { pools, recorder, events, callers, reporter, tasks, shutdown });
        functions.tasks.spawn(invoke_api::serve(listener, Arc::clone(&functions)));
        functions.tasks.spawn(close_at_shutdown(Arc::clone(&functions)));
        functions.tasks.spawn(end_idle_in_time(Arc::clone(&functions)));
        Self { functions }
    }

    /// New code for later invocations, by logical id: idle processes end now, busy ones after their invocation.
    pub fn replace(&self, programs: BTreeMap<String, Program>) {
        for (logical_id, program) in programs {
            let pool = self.functions.pools.iter().find(|pool| pool.function.function.logical_id == logical_id);
            if let Some(pool) = pool.map(Arc::clone) {
                let ended = pool.replace(program);
                self.functions.tasks.spawn(ended);
            }
        }
    }

    /// Ends the processes that have been idle for longer than this; the host itself does so after some minutes.
    pub async fn end_idle(&self, longer_than: Duration) {
        self.functions.end_idle(longer_than).await;
    }

    /// Ends when `shutdown` is cancelled and every process has been waited for.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let functions = Arc::clone(&self.functions);
        async move {
            functions.tasks.close();
            functions.tasks.wait().await;
        }
    }
}

async fn close_at_shutdown(functions: Arc<HostedFunctions>) {
    functions.shutdown.cancelled().await;
    join_all(functions.pools.iter().map(|pool| pool.close())).await;
}

async fn end_idle_in_time(functions: Arc<HostedFunctions>) {
    let mut checks = interval(IDLE_CHECK);
    while functions.shutdown.run_until_cancelled(checks.tick()).await.is_some() {
        functions.end_idle(IDLE_LIMIT).await;
    }
}
