//! Many sends at once. A send that takes long leaves the pool and continues next to it, so that unresponsive clients delay no
//! other connection.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use crate::send_width::MAX_WIDTH;
use crate::{Connection, Error, SendOutcome, Sockets};

/// How many times the typical duration a send may stay in the pool, and the bounds of that. The typical duration depends on
/// the function's share of a processor, so it is measured as the sends go on.
const PATIENCE_FACTOR: u32 = 4;
const MIN_PATIENCE: Duration = Duration::from_millis(20);
const MAX_PATIENCE: Duration = Duration::from_millis(500);
/// The typical duration of a send before the first has settled.
const FIRST_GUESS: Duration = Duration::from_millis(25);
/// The weight of one send in the moving average of durations: one in sixteen.
const WEIGHT: u32 = 16;

/// Slow sends next to the pool, 50 KB each. An unresponsive client holds a send for two seconds, so this many let 600 of them
/// pass by in a second: one in twenty of the 12,000 sends of a complete processor. When there are this many, every client is
/// slow, and a further slow send keeps its place in the pool.
const MAX_SLOW: usize = 1_200;

/// A send that has ended: its connection and its outcome.
pub(crate) type Settled = (Connection, Result<SendOutcome, Error>);

type PendingSend<'a> = Pin<Box<dyn Future<Output = Result<SendOutcome, Error>> + Send + 'a>>;

/// Identifies a send in progress.
type Number = u64;

enum Step<'a> {
    Settled(Number, Duration, Result<SendOutcome, Error>),
    IsSlow(Number, PendingSend<'a>),
}

/// Sends one frame to the connections of the stream `recipients`.
pub(crate) struct SendPool<'a, Recipients> {
    sockets: &'a Sockets,
    frame: &'a str,
    recipients: Recipients,
    all_started: bool,
    started: Number,
    in_progress: HashMap<Number, Connection>,
    /// The moving average of durations.
    typical: Duration,
    pool: FuturesUnordered<Pin<Box<dyn Future<Output = Step<'a>> + Send + 'a>>>,
    slow: FuturesUnordered<Pin<Box<dyn Future<Output = Step<'a>> + Send + 'a>>>,
}

impl<'a, Recipients, E> SendPool<'a, Recipients>
where
    Recipients: Stream<Item = Result<Connection, E>> + Unpin,
{
    pub(crate) fn new(sockets: &'a Sockets, frame: &'a str, recipients: Recipients) -> Self {
        Self {
            sockets,
            frame,
            recipients,
            all_started: false,
            started: 0,
            in_progress: HashMap::with_capacity(MAX_WIDTH),
            typical: FIRST_GUESS,
            pool: FuturesUnordered::new(),
            slow: FuturesUnordered::new(),
        }
    }

    /// The next send that has settled, in the order of settling; `None` when all have.
    ///
    /// # Errors
    /// An error of the stream. The sends in progress continue.
    pub(crate) async fn next(&mut self) -> Option<Result<Settled, E>> {
        loop {
            let has_room = !self.all_started && self.pool.len() < self.sockets.width.get();
            tokio::select! {
                biased;
                Some(step) = self.pool.next(), if !self.pool.is_empty() => match step {
                    Step::Settled(number, took, outcome) => {
                        self.typical = (self.typical * (WEIGHT - 1) + took) / WEIGHT;
                        if outcome.is_ok() {
                            self.sockets.width.grow();
                        }
                        return self.settle(number, outcome);
                    }
                    Step::IsSlow(number, send) => {
                        let place = if self.slow.len() < MAX_SLOW { &self.slow } else { &self.pool };
                        place.push(Box::pin(async move { Step::Settled(number, MAX_PATIENCE, send.await) }));
                    }
                },
                Some(step) = self.slow.next(), if !self.slow.is_empty() => {
                    if let Step::Settled(number, _took, outcome) = step {
                        return self.settle(number, outcome);
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

    /// The connections whose sends have not settled, and those that none was started for: the stream must end soon.
    pub(crate) async fn abandon(mut self) -> Vec<Connection> {
        let mut left: Vec<Connection> = self.in_progress.into_values().collect();
        while let Some(Ok(connection)) = self.recipients.next().await {
            left.push(connection);
        }
        left
    }

    fn start(&mut self, connection: Connection) {
        let (sockets, frame, number) = (self.sockets, self.frame, self.started);
        let peer = connection.peer.clone();
        let patience = (self.typical * PATIENCE_FACTOR).clamp(MIN_PATIENCE, MAX_PATIENCE);
        self.started += 1;
        self.in_progress.insert(number, connection);
        self.pool.push(Box::pin(async move {
            let mut send: PendingSend<'a> = Box::pin(async move { sockets.send(&peer, frame).await });
            let began = Instant::now();
            match tokio::time::timeout(patience, &mut send).await {
                Ok(outcome) => Step::Settled(number, began.elapsed(), outcome),
                Err(_elapsed) => Step::IsSlow(number, send),
            }
        }));
    }

    fn settle(&mut self, number: Number, outcome: Result<SendOutcome, Error>) -> Option<Result<Settled, E>> {
        // Every number in progress has its connection until it settles, and it settles once.
        self.in_progress.remove(&number).map(|connection| Ok((connection, outcome)))
    }
}
