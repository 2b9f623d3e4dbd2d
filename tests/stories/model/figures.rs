//! What a play came to, counted.

use std::fmt::{self, Display, Formatter};

/// What all this came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) accepted: usize,
    pub(super) refused: usize,
    pub(super) failed: usize,
    pub(super) heard: usize,
    pub(super) sent_away: usize,
    pub(super) jobs: usize,
    /// Frames that a machine that was too busy could not deliver, as it said itself.
    pub(super) given_up: usize,
}

impl Figures {
    pub(super) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.failed += other.failed;
        self.heard += other.heard;
        self.sent_away += other.sent_away;
        self.jobs += other.jobs;
        self.given_up += other.given_up;
    }
}

impl Display for Figures {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self { accepted, refused, failed, heard, sent_away, jobs, given_up } = self;
        write!(
            to,
            "{accepted} requests accepted, {refused} refused, {failed} failed; {heard} frames heard, {sent_away} \
             connections sent away, {jobs} jobs, {given_up} deliveries given up"
        )
    }
}
