//! The event of a schedule.

use lambda_runtime::Context as Invocation;
use serde::de::IgnoredAny;

use crate::{Deadline, Error, Event};

/// An invocation by EventBridge. Its content is ignored, so any schedule can send it.
///
/// ```
/// use parlor::{Error, ScheduledEvent, Sockets, SweepFrames};
///
/// async fn keep_alive(sockets: &Sockets, event: ScheduledEvent) -> Result<(), Error> {
///     let frames = SweepFrames { keep_alive: r#"{"type":"ping"}"#, renew: r#"{"type":"reconnect"}"# };
///     sockets.sweep(frames, event.deadline).await?.emit("MyApp");
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ScheduledEvent {
    /// 15 s before the function's timeout: after this the handler begins nothing new, and what is in progress has time to end.
    /// So the timeout must be well above 15 s; with 230 s, a sweep every 4 minutes ends before the next begins.
    pub deadline: Deadline,
}

impl Event for ScheduledEvent {
    type Payload = IgnoredAny;
    type Answer = ();

    fn parse(_payload: Self::Payload, invocation: &Invocation) -> Result<Self, Error> {
        Ok(Self { deadline: Deadline::of_background(invocation.deadline) })
    }
}
