//! The signals that stop the stack.

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind, signal};

use local_core::failure::Failure;

/// Ctrl-C, a supervisor's request, and a closed terminal.
///
/// From [`Signals::listen`] on, none of them ends the process by itself: children would outlive it.
pub(super) struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(format!("the stack cannot listen for signals: {error}"), "start it from another shell")
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    pub(super) async fn received(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hang_up.recv() => Signal::HUP,
        }
    }
}
