//! Carries out fan-out jobs: walks the rest of a large group, or sends to the connections that a job names.

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::aws::variable;
use crate::delivery::Delivery;
use crate::fanout_job::{FanoutEvent, FanoutJob, JOB_CONNECTIONS, Recipient, Target};
use crate::fanout_tally::Tally;
use crate::logging::{Chain, log_error};
use crate::send_pool::SendPool;
use crate::{Aws, Connection, Deadline, Error, FanoutQueue, PageStart, SendOutcome, Sockets};

/// Jobs that a walk queues at the same time.
const PUSHES_AT_ONCE: usize = 8;

/// The state of a fan-out function. A deployed stack needs one such function to broadcast to groups of more than a few
/// hundred connections, or to greet connections.
///
/// Its timeout must be well above 15 s, which it keeps for leaving the rest of its work to a further job.
/// It invokes itself by the ARN that it was invoked by, so its role needs `lambda:InvokeFunction` on itself and on its aliases,
/// next to what a [broadcast](crate::Broadcast) needs.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use parlor::{Aws, FanoutWorker, serve};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> ExitCode {
///     serve(async |aws: Aws| FanoutWorker::from_environment(&aws, "MyApp"), FanoutWorker::carry_out).await
/// }
/// ```
#[derive(Debug)]
pub struct FanoutWorker {
    sockets: Sockets,
    queue: FanoutQueue,
    namespace: &'static str,
    /// Whether a walk only reads, and further jobs send.
    walks_only: bool,
}

/// The place where a walk stopped before its end.
#[derive(Debug)]
struct Rest {
    start: PageStart,
    /// How often the page there could not be read.
    reads: u32,
}

impl FanoutWorker {
    /// A worker that sends by `sockets`, queues further jobs at its own function, and emits its metrics in a CloudWatch
    /// namespace. It queues them by the ARN that it was invoked by, and by that of `queue` if an invocation has no ARN.
    pub fn new(sockets: Sockets, queue: FanoutQueue, namespace: &'static str) -> Self {
        Self { sockets, queue, namespace, walks_only: false }
    }

    /// Chooses whether a walk leaves sending to further jobs: that is faster where the account's quota of API calls has room for
    /// it.
    #[must_use]
    pub fn with_post_only_jobs(self, walks_only: bool) -> Self {
        Self { walks_only, ..self }
    }

    /// Reads `CONNECTIONS_TABLE`, Lambda's own `AWS_LAMBDA_FUNCTION_NAME`, and `FANOUT_POST_ONLY_JOBS`, which is `true`
    /// or `false` and may be absent: see [`Self::with_post_only_jobs`].
    ///
    /// # Errors
    /// A variable is not set, or has another value.
    pub fn from_environment(aws: &Aws, namespace: &'static str) -> Result<Self, Error> {
        let walks_only = match variable("FANOUT_POST_ONLY_JOBS").as_deref() {
            Ok("true") => true,
            Ok("false") | Err(_) => false,
            Ok(_) => return Err(Error::InvalidVariable("FANOUT_POST_ONLY_JOBS")),
        };
        let own_function = variable("AWS_LAMBDA_FUNCTION_NAME")?;
        let queue = FanoutQueue::new(aws_sdk_lambda::Client::new(aws.config()), own_function);
        Ok(Self::new(Sockets::from_environment(aws)?, queue, namespace).with_post_only_jobs(walks_only))
    }

    /// Opens a connection to the stage: [`Sockets::warm_up`].
    pub async fn warm_up(&self) {
        self.sockets.warm_up().await;
    }

    /// Carries out a job: afterwards each of its connections has the frame, is stale, or is part of a further job. A job that
    /// is too old, or was tried too often, is dropped and counted.
    ///
    /// Emits `Recipients`, `Delivered`, `Gone`, `HandedOn`, `Retried`, `Dropped`, `WalksDropped` and `AgeOfFrame`.
    ///
    /// # Errors
    /// Lambda does not accept the rest of a walk.
    pub async fn carry_out(&self, event: FanoutEvent) -> Result<(), Error> {
        let FanoutEvent { job, deadline, invoked } = event;
        let queue = invoked.map_or_else(|| self.queue.clone(), |arn| self.queue.with_function(arn));
        Run { worker: self, queue }.carry_out(job, deadline).await
    }
}

/// One invocation of a worker.
struct Run<'a> {
    worker: &'a FanoutWorker,
    queue: FanoutQueue,
}

impl Run<'_> {
    async fn carry_out(&self, mut job: FanoutJob, deadline: Deadline) -> Result<(), Error> {
        let mut tally = Tally::default();
        let target = std::mem::replace(&mut job.target, Target::Connections(Vec::new()));
        job.pause().await;
        let outcome = match target {
            Target::Audience { .. } if job.is_exhausted() => {
                tally.drop_walk(&job);
                Ok(())
            }
            Target::Audience { member, after } => {
                let start = PageStart::from_parts(job.audience(member), after);
                // A walk counts how often its first page could not be read. The connections after it have not been tried.
                let reads = std::mem::take(&mut job.attempt);
                self.walk(&job, Rest { start, reads }, deadline, &mut tally).await
            }
            Target::Connections(recipients) => {
                let connections = self.connections(&job, recipients, &mut tally);
                let never = self.send(&job, stream::iter(connections.into_iter().map(Ok)), &mut tally).await;
                debug_assert!(never.is_none(), "connections that are given are read to the end");
                Ok(())
            }
            Target::Connecting(recipient) => {
                let connections = self.connections(&job, vec![recipient], &mut tally);
                self.greet(&job, connections, &mut tally).await;
                Ok(())
            }
        };
        tally.emit(self.worker.namespace);
        outcome
    }

    fn connections(&self, job: &FanoutJob, recipients: Vec<Recipient>, tally: &mut Tally) -> Vec<Connection> {
        if job.is_exhausted() {
            tally.drop_all(job, recipients.len());
            return Vec::new();
        }
        let connections = recipients.into_iter().map(|recipient| recipient.into_connection(&job.group));
        connections.filter(|connection| !connection.is_over()).collect()
    }

    /// Reads pages until the last one or until the time is up; the rest is a further job.
    async fn walk(&self, job: &FanoutJob, start: Rest, deadline: Deadline, tally: &mut Tally) -> Result<(), Error> {
        let recipients = Box::pin(self.pages(start, deadline));
        let rest = match self.worker.walks_only {
            true => self.queue_all(job, recipients, tally).await,
            false => self.send(job, recipients, tally).await,
        };
        let Some(Rest { start, reads }) = rest else { return Ok(()) };
        let next = job.rest(start, reads);
        if next.is_exhausted() {
            tally.drop_walk(job);
            return Ok(());
        }
        self.queue.push(&next).await
    }

    /// The connections of a walk, at least of one page. Where the walk stops before its end, the rest is the last item.
    fn pages(&self, start: Rest, deadline: Deadline) -> impl Stream<Item = Result<Connection, Rest>> {
        enum Next {
            First(Rest),
            Further(PageStart),
            End,
        }
        let pages = stream::try_unfold(Next::First(start), move |next| async move {
            let Rest { start, reads } = match next {
                Next::First(rest) => rest,
                Next::Further(start) if deadline.is_over() => return Err(Rest { start, reads: 0 }),
                Next::Further(start) => Rest { start, reads: 0 },
                Next::End => return Ok(None),
            };
            let (audience, after) = start.into_parts();
            match self.worker.sockets.page(PageStart::from_parts(audience.clone(), after.clone())).await {
                Ok(page) => {
                    let next = page.next.map_or(Next::End, Next::Further);
                    Ok(Some((stream::iter(page.connections).map(Ok), next)))
                }
                Err(error) => {
                    tracing::warn!(cause = %Chain(&error), "a page of a group could not be read yet");
                    Err(Rest { start: PageStart::from_parts(audience, after), reads: reads + 1 })
                }
            }
        });
        pages.try_flatten()
    }

    /// Sends to all connections, queues those that were not reached, and prunes stale ones. Returns the rest of a walk.
    async fn send(
        &self,
        job: &FanoutJob,
        recipients: impl Stream<Item = Result<Connection, Rest>> + Unpin,
        tally: &mut Tally,
    ) -> Option<Rest> {
        let recipients = recipients.try_filter(|to| std::future::ready(!job.except.includes(to)));
        let mut pool = SendPool::new(&self.worker.sockets, &job.frame, recipients);
        let mut delivery = Delivery::new(&self.worker.sockets, &job.frame, job.accepted_at(), &job.except, None);
        let (mut unreached, mut rest) = (Vec::new(), None);
        while let Some(settled) = pool.next().await {
            match settled {
                Ok((connection, outcome)) => unreached.extend(delivery.note(connection, outcome)),
                Err(stopped) => rest = Some(stopped),
            }
            if unreached.len() == JOB_CONNECTIONS {
                self.queue_again(job, std::mem::take(&mut unreached), tally).await;
            }
        }
        tally.age = job.age();
        self.queue_again(job, unreached, tally).await;
        // Without a sender it cannot fail.
        let _confirmed = delivery.conclude(None).await;
        let sent = delivery.prune().await;
        tally.delivered += sent.delivered;
        tally.stale += sent.stale;
        rest
    }

    /// Sends to a connection whose handshake may still be going on.
    async fn greet(&self, job: &FanoutJob, connections: Vec<Connection>, tally: &mut Tally) {
        for connection in connections {
            match self.worker.sockets.send_when_open(&connection, &job.frame).await {
                Ok(SendOutcome::Sent) => tally.delivered += 1,
                // The handshake takes longer than usual.
                Ok(SendOutcome::Stale) if !connection.is_settled() => {
                    self.queue_greeting_again(job, connection, tally).await;
                }
                Ok(SendOutcome::Stale) => tally.stale += 1,
                Ok(SendOutcome::TooLarge) => {
                    tracing::warn!("a frame is larger than API Gateway delivers");
                    tally.dropped += 1;
                }
                Err(error) => {
                    tracing::warn!(recipient = %connection.peer.id, cause = %Chain(&error), "a send failed");
                    self.queue_greeting_again(job, connection, tally).await;
                }
            }
        }
        tally.age = job.age();
    }

    /// Leaves all connections to jobs that only send. Returns the rest of a walk.
    async fn queue_all(
        &self,
        job: &FanoutJob,
        recipients: impl Stream<Item = Result<Connection, Rest>>,
        tally: &mut Tally,
    ) -> Option<Rest> {
        let mut rest = None;
        let chunks = recipients.try_chunks(JOB_CONNECTIONS).map(|chunk| {
            chunk.unwrap_or_else(|stopped| {
                rest = Some(stopped.1);
                stopped.0
            })
        });
        // A walk that stops may leave an empty chunk.
        let chunks = chunks.filter(|chunk| std::future::ready(!chunk.is_empty()));
        let pushes = chunks.map(|chunk| async move { (chunk.len(), self.queue.push(&job.for_these(&chunk)).await) });
        pushes
            .buffer_unordered(PUSHES_AT_ONCE)
            .for_each(|(count, outcome)| {
                match outcome {
                    Ok(()) => tally.queued += count,
                    Err(error) => {
                        log_error(&error);
                        tally.drop_all(job, count);
                    }
                }
                std::future::ready(())
            })
            .await;
        rest
    }

    /// Queues connections that were not reached, unless they were tried often enough. If that fails they are dropped: the
    /// others of the job must not wait a minute for Lambda's own retry, and receive the frame twice then.
    async fn queue_again(&self, job: &FanoutJob, unreached: Vec<Connection>, tally: &mut Tally) {
        if !unreached.is_empty() {
            self.queue_attempt(job.again_for(&unreached), unreached.len(), tally).await;
        }
    }

    async fn queue_greeting_again(&self, job: &FanoutJob, connection: Connection, tally: &mut Tally) {
        self.queue_attempt(job.greeting_again(&connection), 1, tally).await;
    }

    async fn queue_attempt(&self, next: FanoutJob, count: usize, tally: &mut Tally) {
        if next.is_exhausted() {
            return tally.drop_all(&next, count);
        }
        match self.queue.push(&next).await {
            Ok(()) => tally.retried += count,
            Err(error) => {
                log_error(&error);
                tally.drop_all(&next, count);
            }
        }
    }
}
