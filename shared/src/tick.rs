//! The event of a schedule: it says nothing but that it is time.

use lambda_runtime::Context as Invocation;
use serde::de::IgnoredAny;

use crate::{Deadline, Error, Event};

/// It is time. Whatever a schedule sends is taken for that.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// After this the handler begins nothing new; what is under way has time to end.
    pub deadline: Deadline,
}

impl Event for Tick {
    type Payload = IgnoredAny;

    fn parse(_payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        Ok(Self { deadline: Deadline::of_background(invocation.deadline) })
    }
}
