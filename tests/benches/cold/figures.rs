//! What is measured of a start, and medians of several starts.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// One part of a start: initialization, or an event.
#[derive(Clone, Copy)]
pub(crate) struct Phase {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
    /// TLS connections to DynamoDB that were opened.
    pub(crate) database_handshakes: usize,
    /// TLS connections to the stage that were opened.
    pub(crate) stage_handshakes: usize,
    /// TLS connections to Lambda that were opened.
    pub(crate) lambda_handshakes: usize,
    /// Requests to the stage.
    pub(crate) posts: usize,
    /// Requests to Lambda: what the function has not sent in time is queued for fan-out.
    pub(crate) jobs: usize,
}

/// A start with the events after it.
pub(crate) type Start = Vec<Phase>;

/// The median of each figure.
pub(crate) fn medians(starts: &[Start]) -> Start {
    let phases = starts.first().map_or(0, Vec::len);
    (0..phases)
        .map(|phase| Phase {
            wall: median(starts, phase, |phase| phase.wall),
            processor: median(starts, phase, |phase| phase.processor),
            database_handshakes: median(starts, phase, |phase| phase.database_handshakes),
            stage_handshakes: median(starts, phase, |phase| phase.stage_handshakes),
            lambda_handshakes: median(starts, phase, |phase| phase.lambda_handshakes),
            posts: median(starts, phase, |phase| phase.posts),
            jobs: median(starts, phase, |phase| phase.jobs),
        })
        .collect()
}

fn median<T: Ord + Copy>(starts: &[Start], phase: usize, figure: impl Fn(&Phase) -> T) -> T {
    let mut figures: Vec<T> = starts.iter().map(|start| figure(&start[phase])).collect();
    figures.sort_unstable();
    figures[figures.len() / 2]
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Wall time and processor time in milliseconds, TLS connections to DynamoDB, to the stage, and, if any, to Lambda.
impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut handshakes = format!("{}+{}", self.database_handshakes, self.stage_handshakes);
        if self.lambda_handshakes > 0 {
            let _ = write!(handshakes, "+{}", self.lambda_handshakes);
        }
        let (wall, processor) = (milliseconds(self.wall), milliseconds(self.processor));
        write!(formatter, "{wall:>7.1} {processor:>6.2} {handshakes:>7}")
    }
}
