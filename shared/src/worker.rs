//! Carries out jobs: walks through the rest of an audience, or posts to those that a job names.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::aws::variable;
use crate::connections::PageStart;
use crate::fan_out::{Gone, Reached, is_not};
use crate::job::{EXPLICIT_RECIPIENTS, MOST_ATTEMPTS, Recipients};
use crate::lanes::Lanes;
use crate::logging::{Chain, log_error};
use crate::metrics::Metrics;
use crate::{Audience, Aws, Connection, ConnectionId, Deadline, Delivering, Error, Job, Peer, Relay, Sockets};

/// The pause before a second attempt; before a third it is twice as long, with as much again at random. Whatever
/// throttled the first has some room again by then, and the sender's frame has long arrived.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

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
    /// Handed to a further job, for the first time or once more.
    handed_on: usize,
    /// Given up.
    dropped: usize,
}

impl Worker {
    /// Reads `CONNECTIONS_TABLE`, and `FANOUT_POST_ONLY_JOBS`: with `true` a walker hands its pages to jobs that only post,
    /// which is faster where the account's quota of API calls is raised; below it one function uses it all.
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
    /// Lambda did not take a further job, or a connection that is sent away could not be closed.
    pub async fn carry_out(&self, delivering: Delivering) -> Result<(), Error> {
        let Delivering { mut job, deadline } = delivering;
        let mut tally = Tally::default();
        let to = std::mem::replace(&mut job.to, Recipients::Explicit(Vec::new()));
        self.pause(&job).await;
        let outcome = match to {
            Recipients::Explicit(recipients) if job.is_exhausted() => {
                tally.drop_all(&job, recipients.len());
                Ok(())
            }
            Recipients::Walk { .. } if job.is_exhausted() => {
                tally.drop_all(&job, 1);
                Ok(())
            }
            Recipients::Explicit(recipients) => {
                let connections = recipients.into_iter().map(|recipient| recipient.into_connection(&job.group));
                let connections: Vec<_> = connections.filter(|connection| !connection.is_over()).map(Ok).collect();
                self.post(&job, stream::iter(connections), None, &mut tally).await.map(drop)
            }
            Recipients::Walk { after, sends_away } => {
                let start = PageStart::from_parts(&job.group, after);
                self.walk(&job, start, sends_away, deadline, &mut tally).await
            }
        };
        tally.emit(&job);
        outcome
    }

    /// Reads pages until there are no more or the time is up; then the rest is another job.
    async fn walk(
        &self,
        job: &Job,
        start: PageStart,
        sends_away: Option<String>,
        deadline: Deadline,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let rest = Cell::new(None);
        let leaving = sends_away.clone().map(|member| Audience::member(&job.group, member));
        let recipients = Box::pin(self.pages(start, deadline, &rest));
        let told = if self.posts_elsewhere {
            // Who is sent away is told once more before the connection is closed: others post meanwhile.
            self.hand_out(job, recipients, tally).await.map(|()| HashSet::new())
        } else {
            self.post(job, recipients, leaving.as_ref(), tally).await
        };
        match rest.take() {
            Some(rest) => self.go_on(job, rest, sends_away, tally).await.and(told.map(drop)),
            None => match leaving {
                Some(audience) => self.sockets.send_away(audience, &job.frame, &told?).await,
                None => told.map(drop),
            },
        }
    }

    /// Hands on the rest of a walk.
    async fn go_on(&self, job: &Job, rest: Rest, sends_away: Option<String>, tally: &mut Tally) -> Result<(), Error> {
        let next = job.rest(rest.start, sends_away, rest.is_unread);
        if next.is_exhausted() {
            tally.drop_all(job, 1);
            return Ok(());
        }
        self.relay.hand_on(&next).await
    }

    /// The connections of a walk. Where it stops before the end, `rest` says where it has to go on.
    fn pages<'w>(
        &'w self,
        start: PageStart,
        deadline: Deadline,
        rest: &'w Cell<Option<Rest>>,
    ) -> impl Stream<Item = Result<Connection, Error>> + 'w {
        let pages = stream::unfold(Some(start), move |start| async move {
            let start = start?;
            if deadline.is_over() {
                rest.set(Some(Rest { start, is_unread: false }));
                return None;
            }
            let (group, after) = start.into_parts();
            let again = || PageStart::from_parts(&group, after.clone());
            match self.sockets.page(again()).await {
                Ok(page) => Some((page.connections, page.next)),
                Err(error) => {
                    tracing::warn!(cause = %Chain(&error), "a page of an audience could not be read yet");
                    rest.set(Some(Rest { start: again(), is_unread: true }));
                    None
                }
            }
        });
        pages.map(|connections| stream::iter(connections).map(Ok)).flatten()
    }

    /// Posts to everybody, hands on those who were not reached, and forgets the gone. Returns whom not to tell again.
    async fn post(
        &self,
        job: &Job,
        recipients: impl Stream<Item = Result<Connection, Error>> + Unpin,
        sends_away: Option<&Audience>,
        tally: &mut Tally,
    ) -> Result<HashSet<Peer>, Error> {
        let skipped = job.skips.clone().map(ConnectionId::new);
        let recipients = recipients.filter(|to| is_not(skipped.as_ref(), to));
        let mut lanes = Lanes::new(&self.sockets, &job.frame, recipients);
        let (mut reached, mut gone) = (Reached::new(sends_away, None), Gone::default());
        let mut left = Vec::new();
        while let Some(Ok((connection, answer))) = lanes.next().await {
            left.extend(reached.note(connection, answer, &mut gone));
            if left.len() == EXPLICIT_RECIPIENTS {
                self.again(job, std::mem::take(&mut left), tally).await;
            }
        }
        self.again(job, left, tally).await;
        tally.delivered += reached.delivered;
        tally.gone += reached.gone;
        let told = self.sockets.conclude(&job.frame, reached, &gone, None).await;
        self.sockets.forget_gone(gone).await;
        told
    }

    /// Gives everybody to jobs that only post.
    async fn hand_out(
        &self,
        job: &Job,
        recipients: impl Stream<Item = Result<Connection, Error>> + Unpin,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let jobs = recipients.try_chunks(EXPLICIT_RECIPIENTS).map(|chunk| async move {
            // A walk ends before what it cannot read: every chunk has its connections.
            let chunk = chunk.unwrap_or_else(|unread| unread.0);
            self.relay.hand_on(&job.for_these(&chunk)).await.map(|()| chunk.len())
        });
        let mut handed_on = jobs.buffer_unordered(HAND_ONS);
        while let Some(count) = handed_on.next().await {
            tally.handed_on += count?;
        }
        Ok(())
    }

    /// Hands on those whom a post did not reach, unless they were tried often enough. If that fails they are dropped: the
    /// others of the job must not wait for them, and Lambda's own retry would come too late for anybody.
    async fn again(&self, job: &Job, left: Vec<Connection>, tally: &mut Tally) {
        let next = job.again_for(&left);
        if left.is_empty() {
            return;
        }
        if next.is_exhausted() {
            return tally.drop_all(job, left.len());
        }
        match self.relay.hand_on(&next).await {
            Ok(()) => tally.handed_on += left.len(),
            Err(error) => {
                log_error(&error);
                tally.drop_all(job, left.len());
            }
        }
    }

    async fn pause(&self, job: &Job) {
        if job.attempt > 0 {
            let pause = RETRY_PAUSE * job.attempt;
            tokio::time::sleep(pause + pause.mul_f64(job.chance())).await;
        }
    }
}

/// Where a walk has to go on.
struct Rest {
    start: PageStart,
    /// Whether the page there could not be read.
    is_unread: bool,
}

impl Tally {
    fn drop_all(&mut self, job: &Job, count: usize) {
        self.dropped += count;
        let (frame, attempts, age) = (&job.frame_id, MOST_ATTEMPTS, job.age().as_secs());
        tracing::error!(frame, count, age, "recipients were given up: too old, or tried {attempts} times");
    }

    fn emit(&self, job: &Job) {
        Metrics::new()
            .count("Recipients", self.delivered + self.gone + self.handed_on + self.dropped)
            .count("Delivered", self.delivered)
            .count("Gone", self.gone)
            .count("Retried", self.handed_on)
            .count("Dropped", self.dropped)
            .milliseconds("AgeOfFrame", job.age())
            .emit();
    }
}
