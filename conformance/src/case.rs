//! A case: one thing that API Gateway does, and how sure that is.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::shortfall::Verdict;
use crate::world::World;

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// What functions get.
    Events,
    /// What becomes of a request for a connection.
    Handshake,
    /// Who decides on it.
    Authorizers,
    /// Signed handshakes.
    Iam,
    /// Which route takes a message.
    Routing,
    /// What a client hears of its message.
    Replies,
    /// The `@connections` API.
    Management,
    /// How connections end.
    Closing,
}

impl Area {
    /// All areas, in the order of the score board.
    pub const ALL: [Self; 8] = [
        Self::Events,
        Self::Handshake,
        Self::Authorizers,
        Self::Iam,
        Self::Routing,
        Self::Replies,
        Self::Management,
        Self::Closing,
    ];

    /// Its name on the score board and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Handshake => "handshake",
            Self::Authorizers => "authorizers",
            Self::Iam => "iam",
            Self::Routing => "routing",
            Self::Replies => "replies",
            Self::Management => "management",
            Self::Closing => "closing",
        }
    }
}

/// How sure it is that API Gateway does what a case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// AWS says so.
    Documented,
    /// Others have seen it on AWS.
    Observed,
    /// Nobody has said so, and it fits the rest.
    Assumed,
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        })
    }
}

type Run = fn(World) -> BoxFuture<'static, Verdict>;

/// One thing that API Gateway does.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it is about.
    pub area: Area,
    /// The whole expectation, as a sentence.
    pub name: &'static str,
    /// How sure it is.
    pub mark: Mark,
    /// Where it is known from.
    pub source: &'static str,
    /// Whether it takes minutes on AWS, or costs more than a few messages.
    pub slow: bool,
    /// Whether it keeps so much busy that it runs when all others are done.
    pub alone: bool,
    pub(crate) run: Run,
}

impl Case {
    pub(crate) const fn documented(area: Area, name: &'static str, source: &'static str, run: Run) -> Self {
        Self { area, name, mark: Mark::Documented, source, slow: false, alone: false, run }
    }

    pub(crate) const fn observed(area: Area, name: &'static str, source: &'static str, run: Run) -> Self {
        Self { area, name, mark: Mark::Observed, source, slow: false, alone: false, run }
    }

    pub(crate) const fn assumed(area: Area, name: &'static str, source: &'static str, run: Run) -> Self {
        Self { area, name, mark: Mark::Assumed, source, slow: false, alone: false, run }
    }

    pub(crate) const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    pub(crate) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}
