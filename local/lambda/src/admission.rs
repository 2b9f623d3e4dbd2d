//! Which invocation of a function runs next, and whether an idle instance runs it or a new one.
//!
//! The template's limit rejects, as on AWS. The limit of this machine queues: on AWS it does not exist.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};

/// Instances of one function, busy and idle. Processes of ten megabytes times this are what a laptop can spare.
const MAX_INSTANCES: usize = 50;

/// Instances of one function that start at the same time, at least; there may be one for each processor. A start is mostly
/// work for a processor. If all instances started at once, none would be ready within the limit of the INIT phase.
const MIN_STARTS: usize = 2;

/// The admission of one function's invocations.
///
/// Invocations with a caller and asynchronous ones wait in a line each, and the first of both lines take turns: a backlog
/// of one kind does not hold up the other. Only the invocation whose turn it is waits for an instance. A future that is
/// dropped leaves its line.
#[derive(Debug)]
pub(super) struct Queue {
    /// The executions that the template reserves, if it does.
    reserved: Option<Arc<Semaphore>>,
    instances: Arc<Semaphore>,
    starts: Arc<Semaphore>,
    // These locks are fair: they are granted in the order of asking.
    synchronous: Mutex<()>,
    asynchronous: Mutex<()>,
    turn: Mutex<()>,
    /// Says that an instance has become idle.
    freed: Notify,
}

/// One of the executions that the template reserves, until it is dropped.
#[derive(Debug)]
pub(super) struct Reservation(#[expect(dead_code, reason = "held for its drop")] Option<OwnedSemaphorePermit>);

/// The right to one execution on an instance `T`.
#[derive(Debug)]
pub(super) struct Admission<T> {
    /// What runs the invocation.
    pub(super) instance: Source<T>,
    /// The execution, which counts until this is dropped.
    pub(super) execution: Execution,
}

/// Where an invocation gets its instance from.
#[derive(Debug)]
pub(super) enum Source<T> {
    /// An idle instance.
    Idle(T),
    /// A new instance, which must be started.
    New(Start),
}

/// The right to start an instance, until it is dropped.
#[derive(Debug)]
pub(super) struct Start(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// Counts as an execution until it is dropped.
#[derive(Debug)]
pub(super) struct Execution {
    _instance: OwnedSemaphorePermit,
    _reservation: Reservation,
}

impl Queue {
    /// The queue of a function for which the template reserves so many executions, if it does.
    pub(super) fn new(reserved: Option<usize>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_limits(reserved, MAX_INSTANCES, processors.max(MIN_STARTS))
    }

    fn with_limits(reserved: Option<usize>, instances: usize, starts: usize) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self {
            reserved: reserved.map(semaphore),
            instances: semaphore(instances),
            starts: semaphore(starts),
            synchronous: Mutex::default(),
            asynchronous: Mutex::default(),
            turn: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// Reserves an execution for an invocation with a caller, or returns `None` at the template's limit.
    pub(super) fn reserve_now(&self) -> Option<Reservation> {
        let permit = match &self.reserved {
            Some(reserved) => Some(Arc::clone(reserved).try_acquire_owned().ok()?),
            None => None,
        };
        Some(Reservation(permit))
    }

    /// Admits an invocation with a caller in its turn; `idle` takes an idle instance. Returns `None` once the queue is
    /// closed.
    pub(super) async fn admit<T>(
        &self,
        reservation: Reservation,
        idle: impl Fn() -> Option<T>,
    ) -> Option<Admission<T>> {
        let _first = self.synchronous.lock().await;
        self.take_turn(reservation, idle).await
    }

    /// Admits an asynchronous invocation in its turn, as [`Queue::admit`] does. At the template's limit it waits.
    pub(super) async fn admit_event<T>(&self, idle: impl Fn() -> Option<T>) -> Option<Admission<T>> {
        let _first = self.asynchronous.lock().await;
        // Before the turn: callers at the template's limit may wait for theirs.
        let permit = match &self.reserved {
            Some(reserved) => Some(acquire(reserved).await?),
            None => None,
        };
        self.take_turn(Reservation(permit), idle).await
    }

    async fn take_turn<T>(&self, reservation: Reservation, idle: impl Fn() -> Option<T>) -> Option<Admission<T>> {
        let _turn = self.turn.lock().await;
        let execution = Execution { _instance: acquire(&self.instances).await?, _reservation: reservation };
        let instance = loop {
            if let Some(instance) = idle() {
                break Source::Idle(instance);
            }
            tokio::select! {
                biased;
                () = self.freed.notified() => {}
                start = acquire(&self.starts) => break Source::New(Start(start?)),
            }
        };
        Some(Admission { instance, execution })
    }

    /// Says that an instance has become idle: the invocation that waits to start one need not.
    pub(super) fn instance_freed(&self) {
        self.freed.notify_one();
    }

    /// Admits nothing from now on, and ends every wait.
    pub(super) fn close(&self) {
        self.instances.close();
        self.starts.close();
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.ok()
}
