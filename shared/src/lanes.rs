//! Many posts at once, in two lanes: who takes long leaves the fast lane, so that frozen clients hold up nobody.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use crate::{Connection, Delivery, Error, Sockets};

/// Posts in the fast lane. A post takes a few milliseconds within a region, so this many keep one connection pool busy
/// at some thousand posts a second without holding more frames in memory than these.
pub(crate) const FAST_LANE: usize = 64;

/// How many times as long as most a post may stay in the fast lane, and between which bounds. What most take depends on how
/// much of a processor the function has, so it is measured as the posts go on.
const PATIENCE_FACTOR: u32 = 4;
const LEAST_PATIENCE: Duration = Duration::from_millis(20);
const MOST_PATIENCE: Duration = Duration::from_millis(500);
/// What most posts take before anything is known of them.
const FIRST_GUESS: Duration = Duration::from_millis(25);
/// Of how much weight one post is for what most take: one in sixteen.
const WEIGHT: u32 = 16;

/// Posts in the slow lane, 50 KB each. A frozen client holds a post for two seconds, so that this many let 600 of them pass
/// by in a second: one in twenty of 12,000, which a whole processor posts. When the lane is full, everybody is slow, and a
/// post stays where it is: to give it up would only make it come back.
const SLOW_LANE: usize = 1_200;

/// A post that is over: to whom, and with which answer.
pub(crate) type Settled = (Connection, Result<Delivery, Error>);

type Post<'a> = Pin<Box<dyn Future<Output = Result<Delivery, Error>> + Send + 'a>>;

/// Which of the posts under way one is.
type Number = u64;

enum Step<'a> {
    Answered(Number, Duration, Result<Delivery, Error>),
    TakesLong(Number, Post<'a>),
}

/// One frame on its way to the connections that `recipients` gives.
pub(crate) struct Lanes<'a, Recipients> {
    sockets: &'a Sockets,
    frame: &'a str,
    recipients: Recipients,
    all_started: bool,
    started: Number,
    under_way: HashMap<Number, Connection>,
    /// What most posts take.
    typical: Duration,
    fast: FuturesUnordered<Pin<Box<dyn Future<Output = Step<'a>> + Send + 'a>>>,
    slow: FuturesUnordered<Pin<Box<dyn Future<Output = Step<'a>> + Send + 'a>>>,
}

impl<'a, Recipients> Lanes<'a, Recipients>
where
    Recipients: Stream<Item = Result<Connection, Error>> + Unpin,
{
    pub(crate) fn new(sockets: &'a Sockets, frame: &'a str, recipients: Recipients) -> Self {
        Self {
            sockets,
            frame,
            recipients,
            all_started: false,
            started: 0,
            under_way: HashMap::with_capacity(FAST_LANE),
            typical: FIRST_GUESS,
            fast: FuturesUnordered::new(),
            slow: FuturesUnordered::new(),
        }
    }

    /// The next post that has settled, in the order of settling; `None` when all have.
    ///
    /// # Errors
    /// The recipients could not be read on; the posts under way are not to blame, and go on.
    pub(crate) async fn next(&mut self) -> Option<Result<Settled, Error>> {
        loop {
            let has_room = self.fast.len() < FAST_LANE && !self.all_started;
            tokio::select! {
                biased;
                Some(step) = self.fast.next(), if !self.fast.is_empty() => match step {
                    Step::Answered(number, took, answer) => {
                        self.typical = (self.typical * (WEIGHT - 1) + took) / WEIGHT;
                        return self.settle(number, answer);
                    }
                    Step::TakesLong(number, post) => {
                        let lane = if self.slow.len() < SLOW_LANE { &self.slow } else { &self.fast };
                        lane.push(Box::pin(async move { Step::Answered(number, MOST_PATIENCE, post.await) }));
                    }
                },
                Some(step) = self.slow.next(), if !self.slow.is_empty() => {
                    if let Step::Answered(number, _took, answer) = step {
                        return self.settle(number, answer);
                    }
                }
                next = self.recipients.next(), if has_room => match next {
                    Some(Ok(connection)) => self.start(connection),
                    Some(Err(error)) => return Some(Err(error)),
                    None => self.all_started = true,
                },
                else => return None,
            }
        }
    }

    /// Those whose posts have not settled, and those that nobody has tried yet: recipients must end soon.
    pub(crate) async fn abandon(mut self) -> Vec<Connection> {
        let mut left: Vec<Connection> = self.under_way.into_values().collect();
        while let Some(Ok(connection)) = self.recipients.next().await {
            left.push(connection);
        }
        left
    }

    fn start(&mut self, connection: Connection) {
        let (sockets, frame, number) = (self.sockets, self.frame, self.started);
        let peer = connection.peer.clone();
        let patience = (self.typical * PATIENCE_FACTOR).clamp(LEAST_PATIENCE, MOST_PATIENCE);
        self.started += 1;
        self.under_way.insert(number, connection);
        self.fast.push(Box::pin(async move {
            let mut post: Post<'a> = Box::pin(async move { sockets.send(&peer, frame).await });
            let began = Instant::now();
            match tokio::time::timeout(patience, &mut post).await {
                Ok(answer) => Step::Answered(number, began.elapsed(), answer),
                Err(_elapsed) => Step::TakesLong(number, post),
            }
        }));
    }

    fn settle(&mut self, number: Number, answer: Result<Delivery, Error>) -> Option<Result<Settled, Error>> {
        // Every number under way has its connection until it settles, and it settles once.
        self.under_way.remove(&number).map(|connection| Ok((connection, answer)))
    }
}
