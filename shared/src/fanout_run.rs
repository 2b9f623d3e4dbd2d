//! Carries out one fan-out job: walks the rest of a large group, or sends to the connections that the job names.

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::delivery::Delivery;
use crate::fanout_job::{FanoutJob, JOB_CONNECTIONS, Recipient, Target};
use crate::fanout_tally::Tally;
use crate::logging::{Chain, log_error};
use crate::send_pool::SendPool;
use crate::{Connection, Deadline, Error, FanoutQueue, PageStart, SendOutcome, Sockets};

/// Jobs that a walk queues at the same time.
const PUSHES_AT_ONCE: usize = 8;

/// One invocation of a worker.
pub(crate) struct FanoutRun<'a> {
    pub(crate) sockets: &'a Sockets,
    pub(crate) queue: FanoutQueue,
    pub(crate) namespace: &'static str,
    /// Whether a walk only reads, and further jobs send.
    pub(crate) walks_only: bool,
}

/// The place where a walk stopped before its end.
#[derive(Debug)]
struct Rest {
    start: PageStart,
    /// How often the page there could not be read.
    reads: u32,
}

impl FanoutRun<'_> {
    pub(crate) async fn carry_out(&self, mut job: FanoutJob, deadline: Deadline) -> Result<(), Error> {
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
        tally.emit(self.namespace);
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
        let rest = match self.walks_only {
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
            match self.sockets.page(PageStart::from_parts(audience.clone(), after.clone())).await {
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
        let mut pool = SendPool::new(self.sockets, &job.frame, recipients);
        let mut delivery = Delivery::new(self.sockets, &job.frame, job.accepted_at(), &job.except, None);
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
            match self.sockets.send_when_open(&connection, &job.frame).await {
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
