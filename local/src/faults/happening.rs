//! The line about a fault that happened.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::chance::Tally;
use crate::console;

/// A fault that happened.
#[derive(Debug, Serialize)]
pub(crate) struct Happening {
    /// The fault's place in the file, from 1.
    pub(crate) number: usize,
    /// Its name in the file.
    pub(crate) fault: &'static str,
    /// What it does, where the name does not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effect: Option<String>,
    /// A connection's id, a function with a request's id, an operation with its tables.
    pub(crate) hit: String,
    #[serde(flatten)]
    pub(crate) tally: Tally,
}

impl Happening {
    /// Prints it.
    pub(crate) fn tell(&self) {
        console::fault(self);
    }
}

impl Display for Happening {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self { fault, effect, hit, tally: Tally { event, times }, .. } = self;
        to.write_str(fault)?;
        if let Some(effect) = effect {
            write!(to, " {effect}")?;
        }
        write!(to, " → {hit} (time {times}, event {event})")
    }
}
