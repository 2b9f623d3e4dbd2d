//! The command of `parlor exec`: a child with our standard streams.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpgrp, kill_process, kill_process_group};
use rustix::termios::tcgetpgrp;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::environment::Changes;

/// How long the command may take to end after SIGTERM, when the stack has failed.
const END_LIMIT: Duration = Duration::from_secs(2);

/// A running command.
///
/// With a controlling terminal, the command stays in our process group: only the foreground group may read from the terminal.
/// Without one, it has a group of its own, so that a signal reaches what the command has started, too.
#[derive(Debug)]
pub(super) struct CommandProcess {
    child: Child,
    id: Option<Pid>,
    terminal: Option<File>,
}

impl CommandProcess {
    /// Starts the program and arguments in `words`.
    pub(super) fn spawn(words: &[OsString], environment: &Changes) -> std::io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).kill_on_drop(true);
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let terminal = File::open("/dev/tty").ok();
        if terminal.is_none() {
            command.process_group(0);
        }
        let child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, id, terminal })
    }

    /// Waits for the command, and returns its exit code.
    pub(super) async fn wait(&mut self) -> std::io::Result<u8> {
        Ok(exit_code(self.child.wait().await?))
    }

    /// Sends a signal that this process has received to the command.
    pub(super) fn pass_on(&self, signal: Signal) {
        if signal == Signal::INT && self.is_in_the_foreground() {
            // Ctrl-C: the terminal has sent it to the command as well. Many programs take a second one for "now".
            return;
        }
        self.send(signal);
    }

    /// Ends the command, with SIGKILL if SIGTERM does not do it.
    pub(super) async fn end(mut self) {
        self.send(Signal::TERM);
        if timeout(END_LIMIT, self.child.wait()).await.is_err() {
            self.send(Signal::KILL);
            let _ = self.child.wait().await;
        }
    }

    /// The operating system's number of the command.
    #[cfg(test)]
    pub(super) fn id(&self) -> Pid {
        self.id.unwrap()
    }

    fn is_in_the_foreground(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
    }

    fn send(&self, signal: Signal) {
        // The id is free for other processes only after `wait` has returned, and then nothing is sent.
        let Some(id) = self.id.filter(|_| self.child.id().is_some()) else { return };
        let _ = match self.terminal {
            Some(_) => kill_process(id, signal),
            None => kill_process_group(id, signal),
        };
    }
}

/// The exit code of a process, as shells report it.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// The exit code after `signal`, as shells report it.
pub(super) fn exit_code_of(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(1)
}
