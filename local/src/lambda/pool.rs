//! The processes of one function: how many may run, which are idle, and what code new ones run.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::host::RunnableFunction;
use super::process::{Process, Request, timed};
use super::report::{self, Report};
use crate::console;

/// Concurrent executions of a function that reserves none. A new AWS account has 10 for all functions together, an
/// old one 1,000; a process of ten megabytes times this is what a laptop can spare.
const DEFAULT_CONCURRENCY: usize = 50;

/// How long an answer is held back until the process that gave it has asked for the next event. A runtime does so at
/// once, and then a caller's next call finds the process idle instead of starting another.
const SETTLE_LIMIT: Duration = Duration::from_millis(10);

/// What an invocation came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The function's result.
    Returned(Bytes),
    /// A JSON object with `errorType` and `errorMessage`.
    Failed(Bytes),
}

/// The right to one execution, until it is dropped.
#[derive(Debug)]
pub(super) struct Admission(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// The processes of one function.
#[derive(Debug)]
pub(super) struct Pool {
    /// What the processes run.
    pub(super) function: RunnableFunction,
    executions: Arc<Semaphore>,
    state: Mutex<State>,
    shutdown: CancellationToken,
}

#[derive(Debug)]
struct State {
    executable: PathBuf,
    /// Counts replacements of the executable: a process of an older generation is not used again.
    generation: u64,
    /// The process used last is used next, so that the others may be forgotten.
    idle: Vec<Tenant>,
    is_closed: bool,
}

/// A process, and whose code it runs.
#[derive(Debug)]
struct Tenant {
    process: Process,
    generation: u64,
}

impl Pool {
    /// A pool without a process.
    pub(super) fn new(function: RunnableFunction, shutdown: CancellationToken) -> Self {
        let limit = function.function.reserved_concurrency.unwrap_or(DEFAULT_CONCURRENCY);
        Self {
            executions: Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))),
            state: Mutex::new(State {
                executable: function.executable.clone(),
                generation: 0,
                idle: Vec::new(),
                is_closed: false,
            }),
            function,
            shutdown,
        }
    }

    /// The right to an execution now, or `None` at the limit.
    pub(super) fn admit_now(&self) -> Option<Admission> {
        Arc::clone(&self.executions).try_acquire_owned().ok().map(Admission)
    }

    /// The right to an execution, in the order of asking.
    pub(super) async fn admit(&self) -> Option<Admission> {
        Arc::clone(&self.executions).acquire_owned().await.ok().map(Admission)
    }

    /// Runs one invocation to its end, whether or not somebody still waits for `reply`.
    pub(super) async fn execute(&self, admission: Admission, request: Request, reply: oneshot::Sender<Outcome>) {
        let name = &self.function.function.name;
        let (mut tenant, init) = match self.idle() {
            Some(tenant) => (tenant, None),
            None => match timed(self.start()).await {
                (Ok(tenant), duration) => (tenant, Some(duration)),
                (Err(fault), duration) => {
                    report::init_failure(name, &request.id, duration, &fault);
                    drop(admission);
                    let _ = reply.send(Outcome::Failed(fault.into_payload(&request.id)));
                    return;
                }
            },
        };
        let limit = self.function.function.timeout;
        let process_id = tenant.process.id();
        let (result, duration) = timed(tenant.process.invoke(&request, limit)).await;

        let peak = || process_id.and_then(report::peak_megabytes);
        let mut report = Report {
            request_id: &request.id,
            duration,
            init,
            memory_megabytes: self.function.function.memory_megabytes,
            peak_megabytes: None,
            timed_out: matches!(result, Err(Fault::TimedOut(_))),
        };
        let (outcome, may_go_on) = match result {
            Ok(payload) => (Outcome::Returned(payload), true),
            Err(fault) => {
                report::failure(name, &request.id, &fault);
                let may_go_on = matches!(fault, Fault::Reported(_) | Fault::ResponseTooLarge);
                (Outcome::Failed(fault.into_payload(&request.id)), may_go_on)
            }
        };
        if !may_go_on {
            report.peak_megabytes = peak();
            if report.timed_out {
                tenant.process.kill().await
            } else {
                tenant.process.end().await
            }
            drop(admission);
            let _ = reply.send(outcome);
            console::from(name, report);
            return;
        }
        match timeout(SETTLE_LIMIT, tenant.process.ready()).await {
            Ok(settled) => {
                self.settle(tenant, settled, admission).await;
                let _ = reply.send(outcome);
                report.peak_megabytes = peak();
                console::from(name, report);
            }
            // It works on after its answer. Nobody waits for that, but the process is not free before.
            Err(_elapsed) => {
                let _ = reply.send(outcome);
                report.peak_megabytes = peak();
                console::from(name, report);
                let rest = limit.saturating_sub(duration);
                let settled = timeout(rest, tenant.process.ready()).await.unwrap_or(Err(Fault::TimedOut(limit)));
                self.settle(tenant, settled, admission).await;
            }
        }
    }

    /// Makes a process idle, or ends it: it did not ask for more, its code is old, or the host is stopping.
    async fn settle(&self, tenant: Tenant, settled: Result<(), Fault>, admission: Admission) {
        let unwanted = match settled {
            Ok(()) => self.put_back(tenant),
            Err(fault) => {
                if let Some(sentence) = fault.sentence() {
                    console::from(&self.function.function.name, format_args!("after its answer: {sentence}"));
                }
                Some(tenant)
            }
        };
        if let Some(tenant) = unwanted {
            tenant.process.end().await;
        }
        drop(admission);
    }

    /// Uses `executable` from now on and ends the idle processes. Busy ones end after their invocation.
    ///
    /// The replacement has happened when this returns; the future only waits for the processes.
    pub(super) fn replace(&self, executable: PathBuf) -> impl Future<Output = ()> + Send + use<> {
        let mut state = self.state();
        state.executable = executable;
        state.generation += 1;
        end_all(std::mem::take(&mut state.idle))
    }

    /// Ends the idle processes and keeps none from now on.
    pub(super) async fn close(&self) {
        let idle = {
            let mut state = self.state();
            state.is_closed = true;
            std::mem::take(&mut state.idle)
        };
        end_all(idle).await;
    }

    async fn start(&self) -> Result<Tenant, Fault> {
        let (executable, generation) = {
            let state = self.state();
            (state.executable.clone(), state.generation)
        };
        let process = Process::start(&self.function, executable, self.shutdown.clone()).await?;
        Ok(Tenant { process, generation })
    }

    fn idle(&self) -> Option<Tenant> {
        let mut state = self.state();
        // A process that ended while it was idle has been waited for by this very question.
        std::iter::from_fn(|| state.idle.pop()).find_map(|mut tenant| tenant.process.is_running().then_some(tenant))
    }

    fn put_back(&self, tenant: Tenant) -> Option<Tenant> {
        let mut state = self.state();
        if state.is_closed || state.generation != tenant.generation {
            return Some(tenant);
        }
        state.idle.push(tenant);
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step under this lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn end_all(tenants: Vec<Tenant>) {
    join_all(tenants.into_iter().map(|tenant| tenant.process.end())).await;
}
