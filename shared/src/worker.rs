//! Carries out jobs: walks through the rest of an audience, or posts to those that a job names.

use std::cell::Cell;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::aws::variable;
use crate::connections::PageStart;
use crate::fan_out::{Reached, is_not};
use crate::job::{EXPLICIT_RECIPIENTS, MOST_ATTEMPTS, Recipients};
use crate::lanes::Lanes;
use crate::logging::{Chain, log_error};
use crate::metrics::Metrics;
use crate::{Aws, Connection, ConnectionId, Deadline, Delivering, Error, Gone, Job, Relay, Sockets};

/// Jobs that a walker hands on at the same time.
const HAND_ONS: usize = 8;

/// The state of a function that carries out jobs.
#[derive(Debug)]
pub struct Worker {
    sockets: Sockets,
    relay: Relay,
    /// Whether a walker only reads, and others post.
    posts_elsewhere: bool,
}

/// What became of the recipients of a job, as far as it is counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    delivered: usize,
    gone: usize,
    /// Handed to a job that only posts.
    handed_on: usize,
    /// Handed to a further job after a post that failed.
    retried: usize,
    /// Given up.
    dropped: usize,
    /// The rest of an audience that was given up: nobody knows how many.
    walks_dropped: usize,
    /// How old the frame was when the last post was over.
    age: Duration,
}

impl Worker {
    /// Reads `CONNECTIONS_TABLE`, and `FANOUT_POST_ONLY_JOBS`: with `true` a walker hands its pages to jobs that only post,
    /// which is faster where the account's quota of API calls leaves them room.
    ///
    /// # Errors
    /// A variable is not set.
    pub async fn from_environment() -> Result<Self, Error> {
        let aws = Aws::from_environment().await?;
        let posts_elsewhere = match variable("FANOUT_POST_ONLY_JOBS")?.as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(Error::WrongVariable("FANOUT_POST_ONLY_JOBS")),
        };
        Ok(Self { sockets: Sockets::new(&aws)?, relay: Relay::to_myself(&aws)?, posts_elsewhere })
    }

    /// Carries out a job: everybody that it means has the frame afterwards, is gone, or is in the hands of a further job. One
    /// that is too old, or was tried too often, is dropped and counted.
    ///
    /// # Errors
    /// Lambda did not take the rest of a walk.
    pub async fn carry_out(&self, delivering: Delivering) -> Result<(), Error> {
        let Delivering { mut job, deadline } = delivering;
        let mut tally = Tally::default();
        let to = std::mem::replace(&mut job.to, Recipients::Explicit(Vec::new()));
        job.pause().await;
        let outcome = match to {
            Recipients::Explicit(recipients) if job.is_exhausted() => {
                tally.drop_all(&job, recipients.len());
                Ok(())
            }
            Recipients::Walk { .. } if job.is_exhausted() => {
                tally.walks_dropped += 1;
                tracing::error!(frame = job.frame_id, "an audience was given up: the job is too old");
                Ok(())
            }
            Recipients::Explicit(recipients) => {
                let connections = recipients.into_iter().map(|recipient| recipient.into_connection(&job.group));
                let connections: Vec<_> = connections.filter(|connection| !connection.is_over()).map(Ok).collect();
                self.post(&job, stream::iter(connections), &mut tally).await
            }
            Recipients::Walk { member, after } => {
                let start = PageStart::from_parts(&job.group, member, after);
                // A walk counts how often its first page was read in vain. Nobody behind it has been tried.
                let reads = std::mem::take(&mut job.attempt);
                self.walk(&job, start, reads, deadline, &mut tally).await
            }
        };
        tally.emit();
        outcome
    }

    /// Reads pages until there are no more or the time is up; then the rest is another job.
    async fn walk(
        &self,
        job: &Job,
        start: PageStart,
        reads: u32,
        deadline: Deadline,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let rest = Cell::new(None);
        let recipients = Box::pin(self.pages(start, reads, deadline, &rest));
        let walked = if self.posts_elsewhere {
            self.hand_out(job, recipients, tally).await;
            Ok(())
        } else {
            self.post(job, recipients, tally).await
        };
        let Some((start, reads)) = rest.take() else { return walked };
        let next = job.rest(start, reads);
        if next.is_exhausted() {
            tally.walks_dropped += 1;
            tracing::error!(frame = job.frame_id, "the rest of an audience was given up: too old, or not to be read");
            return walked;
        }
        self.relay.hand_on(&next).await.and(walked)
    }

    /// The connections of a walk, a page at least. Where it stops before the end, `rest` says where it has to go on, and how
    /// often the page there was read in vain: `reads` times before.
    fn pages<'w>(
        &'w self,
        start: PageStart,
        reads: u32,
        deadline: Deadline,
        rest: &'w Cell<Option<(PageStart, u32)>>,
    ) -> impl Stream<Item = Result<Connection, Error>> + 'w {
        let pages = stream::unfold(Some((start, reads, true)), move |next| async move {
            let (start, reads, is_first) = next?;
            if deadline.is_over() && !is_first {
                rest.set(Some((start, 0)));
                return None;
            }
            let (group, member, after) = start.into_parts();
            let again = || PageStart::from_parts(&group, member.clone(), after.clone());
            match self.sockets.page(again()).await {
                Ok(page) => Some((page.connections, page.next.map(|next| (next, 0, false)))),
                Err(error) => {
                    tracing::warn!(cause = %Chain(&error), "a page of an audience could not be read yet");
                    rest.set(Some((again(), reads + 1)));
                    None
                }
            }
        });
        pages.map(|connections| stream::iter(connections).map(Ok)).flatten()
    }

    /// Posts to everybody, hands on those who were not reached, and forgets the gone.
    async fn post(
        &self,
        job: &Job,
        recipients: impl Stream<Item = Result<Connection, Error>> + Unpin,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let skipped = job.skips.clone().map(ConnectionId::new);
        let recipients = recipients.filter(|to| is_not(skipped.as_ref(), to));
        let mut lanes = Lanes::new(&self.sockets, &job.frame, recipients);
        let (mut reached, mut gone) = (Reached::new(None, None), Gone::default());
        let mut left = Vec::new();
        while let Some(Ok((connection, answer))) = lanes.next().await {
            left.extend(reached.note(connection, answer, &mut gone));
            if left.len() == EXPLICIT_RECIPIENTS {
                self.again(job, std::mem::take(&mut left), tally).await;
            }
        }
        tally.age = job.age();
        self.again(job, left, tally).await;
        tally.delivered += reached.delivered;
        tally.gone += reached.gone;
        let told = self.sockets.conclude(&job.frame, reached, &gone, None, job.accepted()).await;
        self.sockets.forget_gone(gone).await;
        told.map(drop)
    }

    /// Gives everybody to jobs that only post.
    async fn hand_out(
        &self,
        job: &Job,
        recipients: impl Stream<Item = Result<Connection, Error>> + Unpin,
        tally: &mut Tally,
    ) {
        let jobs = recipients.try_chunks(EXPLICIT_RECIPIENTS).map(|chunk| async move {
            // A walk ends before what it cannot read: every chunk has its connections.
            let chunk = chunk.unwrap_or_else(|unread| unread.0);
            (chunk.len(), self.relay.hand_on(&job.for_these(&chunk)).await)
        });
        let mut handed_on = jobs.buffer_unordered(HAND_ONS);
        while let Some((count, outcome)) = handed_on.next().await {
            match outcome {
                Ok(()) => tally.handed_on += count,
                Err(error) => {
                    log_error(&error);
                    tally.drop_all(job, count);
                }
            }
        }
    }

    /// Hands on those whom a post did not reach, unless they were tried often enough. If that fails they are dropped: the
    /// others of the job must not wait a minute for Lambda's own retry, and hear it twice then.
    async fn again(&self, job: &Job, left: Vec<Connection>, tally: &mut Tally) {
        let next = job.again_for(&left);
        if left.is_empty() {
            return;
        }
        if next.is_exhausted() {
            return tally.drop_all(job, left.len());
        }
        match self.relay.hand_on(&next).await {
            Ok(()) => tally.retried += left.len(),
            Err(error) => {
                log_error(&error);
                tally.drop_all(job, left.len());
            }
        }
    }
}

impl Tally {
    fn drop_all(&mut self, job: &Job, count: usize) {
        self.dropped += count;
        let (frame, attempts, age) = (&job.frame_id, MOST_ATTEMPTS, job.age().as_secs());
        tracing::error!(frame, count, age, "recipients were given up: too old, or tried {attempts} times");
    }

    fn emit(&self) {
        Metrics::new()
            .count("Recipients", self.delivered + self.gone + self.handed_on + self.retried + self.dropped)
            .count("Delivered", self.delivered)
            .count("Gone", self.gone)
            .count("HandedOn", self.handed_on)
            .count("Retried", self.retried)
            // A walk is at least one recipient: alarms look at what was dropped.
            .count("Dropped", self.dropped + self.walks_dropped)
            .count("WalksDropped", self.walks_dropped)
            .milliseconds("AgeOfFrame", self.age)
            .emit();
    }
}
