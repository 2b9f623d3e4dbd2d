//! The instances of one function: which are idle, and what code new ones run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::admission::{self, Queue, Reservation};
use super::function_failure::FunctionFailure;
use super::process::Process;
use super::program::Program;
use super::runnable_function::RunnableFunction;
use local_core::events::Reporter;
use local_core::faults::Faults;

/// The right to one execution on an instance of a pool.
pub(super) type Admission = admission::Admission<Instance>;

/// The instances of one function.
#[derive(Debug)]
pub(super) struct Pool {
    /// What the processes run.
    pub(super) function: RunnableFunction,
    /// What goes wrong on purpose.
    pub(super) faults: Faults,
    pub(super) reporter: Reporter,
    queue: Queue,
    state: Mutex<State>,
    shutdown: CancellationToken,
}

#[derive(Debug)]
struct State {
    program: Program,
    /// Counts replacements of the program: a process of an older generation is not used again.
    generation: u64,
    /// The process used last is used next, so that the others end one day: see [`Pool::end_idle`].
    idle: Vec<Idle>,
    is_closed: bool,
}

/// A running process of the function, and which code it runs.
#[derive(Debug)]
pub(super) struct Instance {
    /// The process.
    pub(super) process: Process,
    generation: u64,
}

#[derive(Debug)]
struct Idle {
    instance: Instance,
    since: Instant,
}

impl Pool {
    /// A pool without a process.
    pub(super) fn new(
        function: RunnableFunction,
        faults: Faults,
        reporter: Reporter,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            queue: Queue::new(function.function.reserved_concurrency),
            state: Mutex::new(State {
                program: function.program.clone(),
                generation: 0,
                idle: Vec::new(),
                is_closed: false,
            }),
            function,
            faults,
            reporter,
            shutdown,
        }
    }

    /// Reserves an execution for an invocation with a caller, or returns `None` at the template's limit.
    pub(super) fn reserve_now(&self) -> Option<Reservation> {
        self.queue.reserve_now()
    }

    /// Admits an invocation with a caller in its turn. Returns `None` once the pool is closed.
    pub(super) async fn admit(&self, reservation: Reservation) -> Option<Admission> {
        self.queue.admit(reservation, || self.take_idle()).await
    }

    /// Admits an asynchronous invocation in its turn. Returns `None` once the pool is closed.
    pub(super) async fn admit_event(&self) -> Option<Admission> {
        self.queue.admit_event(|| self.take_idle()).await
    }

    /// Starts `program` from now on and ends the idle processes. Busy ones end after their invocation.
    ///
    /// The replacement has happened when this returns; the future only waits for the processes.
    pub(super) fn replace(&self, program: Program) -> impl Future<Output = ()> + Send + use<> {
        let mut state = self.state();
        state.program = program;
        state.generation += 1;
        end_all(std::mem::take(&mut state.idle))
    }

    /// Ends the processes that have been idle for longer than this.
    pub(super) fn end_idle(&self, longer_than: Duration) -> impl Future<Output = ()> + Send + use<> {
        // One that ended by itself is waited for too, or it would stay a zombie.
        let is_unwanted = |idle: &mut Idle| idle.since.elapsed() > longer_than || !idle.instance.process.is_running();
        end_all(self.state().idle.extract_if(.., is_unwanted).collect())
    }

    /// Ends the idle processes, keeps none from now on, and admits nothing.
    pub(super) async fn close(&self) {
        self.queue.close();
        let idle = {
            let mut state = self.state();
            state.is_closed = true;
            std::mem::take(&mut state.idle)
        };
        end_all(idle).await;
    }

    /// A new process with the current code.
    pub(super) async fn start(&self) -> Result<Instance, FunctionFailure> {
        let (program, generation) = {
            let state = self.state();
            (state.program.clone(), state.generation)
        };
        let process = Process::start(&self.function, program, self.reporter.clone(), self.shutdown.clone()).await?;
        Ok(Instance { process, generation })
    }

    /// Takes the idle instance that was used last.
    fn take_idle(&self) -> Option<Instance> {
        let mut state = self.state();
        // A process that ended while it was idle has been waited for by this very question.
        std::iter::from_fn(|| state.idle.pop())
            .find_map(|Idle { mut instance, .. }| instance.process.is_running().then_some(instance))
    }

    /// Makes an instance idle, or returns it: its code is old, or the host is stopping.
    pub(super) fn put_back(&self, instance: Instance) -> Option<Instance> {
        let mut state = self.state();
        if state.is_closed || state.generation != instance.generation {
            return Some(instance);
        }
        state.idle.push(Idle { instance, since: Instant::now() });
        self.queue.instance_freed();
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step under this lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn end_all(idle: Vec<Idle>) {
    join_all(idle.into_iter().map(|idle| idle.instance.process.end())).await;
}
