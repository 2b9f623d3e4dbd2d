//! A fault plan: what AWS does on bad days, done on purpose.
//!
//! A file has a `seed` and a list of `faults`. What a fault may hit is an event of it: a post, a message, an invocation.
//! The services ask here at each of them, and report each fault that they inject.
//!
//! # What the same seed repeats
//! Each fault counts the events that it may hit, those of its chosen connections, functions or tables only, and decides on
//! the nth of them by the seed, its own place in the file, and n: by nothing that another fault, another stack or the clock
//! could change. So whether the nth event is hit is the same in every run, and a fault that is added at the end of the
//! file changes no other. An event that a fault has hit is no event of a later fault of the same kind.
//!
//! Which event is the nth is as certain as their order. Where they come one after the other, a run repeats exactly. Where
//! they come at the same time, such as the posts of one message to a room, as many of the first n are hit in every run,
//! but not those to the same connections. To hit the same, choose: by `connections`, `functions`, `operations`, `tables`,
//! and for sockets by `direction`.

mod plan;
mod kind;
mod selection;
mod words;
mod database;
mod scope;
mod chance;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use chance::{Dice, Tally};
use kind::Kind;

use crate::events::{Event, InjectedFault, Reporter};

pub use database::{DatabaseError, Operation, Throttling};
pub use plan::Plan;
pub use scope::{Named, Scope};
pub use selection::{Marks, Values};
pub use words::{Direction, PostStatus, SocketEnding};

/// The faults of a running stack; without a plan there are none, and every question is answered at once.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    faults: Arc<[Fault]>,
    reporter: Reporter,
}

/// A fault, its names resolved.
#[derive(Debug)]
struct Fault {
    /// Its place in the file, from 1.
    number: usize,
    kind: Kind,
    dice: Dice,
}

/// A connection as the plan knows it.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionTarget<'a> {
    /// Its id.
    pub connection_id: &'a str,
    /// Which selections its handshake fits.
    pub marks: &'a Marks,
}

/// A process that is going to be killed.
#[derive(Debug)]
pub struct Kill {
    /// How long after its event was handed over.
    pub delay: Duration,
    /// To be reported when it is done: a function may have answered before.
    pub fault: InjectedFault,
}

impl Faults {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Which selections of connections a handshake fits.
    pub fn marks(&self, query: Option<&Values>, headers: &Values) -> Marks {
        let selections =
            self.faults.iter().enumerate().filter_map(|(index, fault)| Some((index, fault.kind.connections()?)));
        Marks::new(selections, query, headers)
    }

    /// Whether `$disconnect` of a connection is lost.
    pub fn loses_disconnect(&self, target: ConnectionTarget<'_>) -> bool {
        let happened = self.at(target, |kind| matches!(kind, Kind::LoseDisconnect { .. }).then_some(()));
        happened.is_some()
    }

    /// How long a post to a connection is held up.
    pub fn post_delay(&self, target: ConnectionTarget<'_>) -> Option<Duration> {
        self.at(target, |kind| match kind {
            Kind::DelayPost { delay, .. } => Some(delay.0),
            _ => None,
        })
    }

    /// What a post to a connection is answered with, instead of being delivered.
    pub fn post_answer(&self, target: ConnectionTarget<'_>) -> Option<PostStatus> {
        self.at(target, |kind| match kind {
            Kind::AnswerPost { status, .. } => Some(*status),
            _ => None,
        })
    }

    /// How a connection's socket breaks at a message, which is lost with it.
    pub fn drops_socket(&self, target: ConnectionTarget<'_>, passing: Direction) -> Option<SocketEnding> {
        self.at(target, |kind| match kind {
            Kind::DropSocket { ending, direction, .. } if direction.is_none_or(|chosen| chosen == passing) => {
                Some(*ending)
            }
            _ => None,
        })
    }

    /// Whether the process is killed that gets the invocation `request_id` of `function`.
    pub fn kill(&self, function: &str, request_id: &str) -> Option<Kill> {
        let (delay, fault) = self.first(
            |_, kind| match kind {
                Kind::KillFunction { functions, delay } if functions.include(function) => Some(delay.0),
                _ => None,
            },
            || format!("{function} {request_id}"),
        )?;
        Some(Kill { delay, fault })
    }

    /// Whether Lambda rejects an attempt of the invocation `request_id` of `function`.
    pub fn throttles_function(&self, function: &str, request_id: &str) -> bool {
        let happened = self.happens(
            |_, kind| match kind {
                Kind::ThrottleFunction { functions } => functions.include(function).then_some(()),
                _ => None,
            },
            || format!("{function} {request_id}"),
        );
        happened.is_some()
    }

    /// How long an event waits before it is delivered.
    pub fn event_delay(&self, function: &str, request_id: &str) -> Option<Duration> {
        self.happens(
            |_, kind| match kind {
                Kind::DelayEvent { functions, delay } if functions.include(function) => Some(delay.0),
                _ => None,
            },
            || format!("{function} {request_id}"),
        )
    }

    /// Whether an event is delivered twice.
    pub fn repeats_event(&self, function: &str, request_id: &str) -> bool {
        let happened = self.happens(
            |_, kind| match kind {
                Kind::RepeatEvent { functions } => functions.include(function).then_some(()),
                _ => None,
            },
            || format!("{function} {request_id}"),
        );
        happened.is_some()
    }

    /// Whether one of these faults is the database's.
    pub fn concern_the_database(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind.is_of_the_database())
    }

    /// The error that DynamoDB returns for a request.
    pub fn database_answer(&self, operation: Operation, tables: &[String]) -> Option<DatabaseError> {
        self.happens(
            |_, kind| kind.database_error(operation, tables),
            || format!("{} {}", operation.name(), tables.join(" ")).trim_end().to_owned(),
        )
    }

    fn at<T>(&self, target: ConnectionTarget<'_>, effect: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        let chosen = |index, kind: &Kind| kind.connections().is_none() || target.marks.has(index);
        self.happens(|index, kind| effect(kind).filter(|_| chosen(index, kind)), || target.connection_id.to_owned())
    }

    /// The effect of the first fault that happens, after it is reported.
    fn happens<T>(&self, effect: impl Fn(usize, &Kind) -> Option<T>, target: impl Fn() -> String) -> Option<T> {
        let (effect, fault) = self.first(effect, target)?;
        self.reporter.report(Event::Fault(fault));
        Some(effect)
    }

    fn first<T>(
        &self,
        effect: impl Fn(usize, &Kind) -> Option<T>,
        target: impl Fn() -> String,
    ) -> Option<(T, InjectedFault)> {
        self.faults.iter().enumerate().find_map(|(index, fault)| {
            let effect = effect(index, &fault.kind)?;
            let tally = fault.dice.roll()?;
            let Fault { number, kind, .. } = fault;
            let Tally { event, times } = tally;
            let (fault, target) = (kind.name(), target());
            Some((effect, InjectedFault { number: *number, fault, effect: kind.effect(), target, event, times }))
        })
    }
}
