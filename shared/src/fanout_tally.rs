//! What became of a fan-out job.

use std::time::Duration;

use crate::Metrics;
use crate::fanout_job::{FanoutJob, MAX_ATTEMPTS};

/// The counts of one job.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) delivered: usize,
    pub(crate) stale: usize,
    /// Left to a job that only sends.
    pub(crate) queued: usize,
    /// Left to a further job after a send that failed.
    pub(crate) retried: usize,
    /// Given up.
    pub(crate) dropped: usize,
    /// Rests of an audience that were given up, of an unknown number of connections.
    pub(crate) walks_dropped: usize,
    /// How old the frame was when the last send had settled.
    pub(crate) age: Duration,
}

impl Tally {
    pub(crate) fn drop_all(&mut self, job: &FanoutJob, count: usize) {
        self.dropped += count;
        let (frame, age) = (&job.frame_id, job.age().as_secs());
        tracing::error!(frame, count, age, "recipients were given up: too old, or tried {MAX_ATTEMPTS} times");
    }

    pub(crate) fn drop_walk(&mut self, job: &FanoutJob) {
        self.walks_dropped += 1;
        let (frame, age) = (&job.frame_id, job.age().as_secs());
        tracing::error!(frame, age, "the rest of a group was given up: too old, or not readable");
    }

    pub(crate) fn emit(&self, namespace: &'static str) {
        Metrics::new(namespace)
            .count("Recipients", self.delivered + self.stale + self.queued + self.retried + self.dropped)
            .count("Delivered", self.delivered)
            .count("Gone", self.stale)
            .count("HandedOn", self.queued)
            .count("Retried", self.retried)
            // A walk is at least one connection: alarms watch what was dropped.
            .count("Dropped", self.dropped + self.walks_dropped)
            .count("WalksDropped", self.walks_dropped)
            .milliseconds("AgeOfFrame", self.age)
            .emit();
    }
}
