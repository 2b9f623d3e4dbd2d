//! A child process with everything that it starts: none of them outlives us.

use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// How long a process may take to end by itself after it was asked to: Lambda gives a runtime 2 seconds at most.
const END_LIMIT: Duration = Duration::from_secs(2);

/// A child in a process group of its own: Ctrl-C at the terminal reaches only us, and a signal to the group reaches
/// whatever the child started.
///
/// Dropping it kills what is left of the group.
#[derive(Debug)]
pub(crate) struct ChildGroup {
    child: Child,
    group: Option<Pid>,
}

impl ChildGroup {
    /// Starts `command`.
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// The child's standard output, once, if it is a pipe.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The child's standard error, once, if it is a pipe.
    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// The operating system's number of the child, until it has been waited for.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether the child itself still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the child itself.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Kills all of them; who waits for the child hears of it.
    pub(crate) fn strike(&self) {
        self.signal(Signal::KILL);
    }

    /// Ends all of them at once.
    pub(crate) async fn kill(mut self) {
        self.strike();
        let _ = self.child.wait().await;
    }

    /// Asks all of them to end, and makes them as soon as the child has, or after [`END_LIMIT`].
    pub(crate) async fn end(mut self) {
        self.signal(Signal::TERM);
        if timeout(END_LIMIT, self.child.wait()).await.is_err() {
            self.kill().await;
        }
    }

    fn signal(&self, signal: Signal) {
        // An error means that the group is empty. While it is not, its number is nobody else's, even if the child that
        // had it first is gone.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
