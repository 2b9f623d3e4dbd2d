//! The process `parlor`: started, read, and never left behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;

use super::binaries::binaries;
use super::{PATIENCE, within_patience, workspace};

/// A running or ended `parlor`.
pub(crate) struct Parlor {
    child: Child,
    output: watch::Receiver<Vec<String>>,
    log: watch::Receiver<Vec<String>>,
    /// Never says anything, and disconnects when the process has ended.
    end: mpsc::Receiver<()>,
}

impl Parlor {
    /// Starts it in the workspace's root, on free ports, with functions from cargo's own directory.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let directory = binaries().directory.to_str().expect("a path in UTF-8");
        Self::spawn([&["--bin-dir", directory], arguments].concat().as_slice())
    }

    /// Starts it as [`Self::start`] does, but with functions at another Lambda endpoint.
    pub(crate) fn start_elsewhere(endpoint: &str, arguments: &[&str]) -> Self {
        Self::spawn([&["--lambda", endpoint], arguments].concat().as_slice())
    }

    /// Starts it as [`Self::start`] does, but lets it build its functions, in the target directory of their own package:
    /// no other build is waited for.
    pub(crate) fn start_building(arguments: &[&str]) -> Self {
        Self::run(command(arguments).env_remove("CARGO_TARGET_DIR"))
    }

    /// Starts it as [`Self::start`] does, with variables in its own environment.
    pub(crate) fn start_in(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let directory = binaries().directory.to_str().expect("a path in UTF-8");
        let mut command = command(&[&["--bin-dir", directory], arguments].concat());
        Self::run(command.envs(environment.iter().copied()))
    }

    /// Starts it in another directory, where it finds what starts its functions in `search_path` only, and watches them.
    pub(crate) fn start_at(directory: &Path, search_path: &str, arguments: &[&str]) -> Self {
        let mut command = watching_command(arguments);
        command.current_dir(directory).env("PATH", search_path).env_remove("CARGO").env_remove("VIRTUAL_ENV");
        Self::run(&mut command)
    }

    /// Starts it as [`Self::start`] does, but with a standard error that is full and that nobody reads.
    pub(crate) fn start_unread(arguments: &[&str]) -> (Self, UnixStream) {
        let directory = binaries().directory.to_str().expect("a path in UTF-8");
        let (mut full, unread) = UnixStream::pair().expect("a pair of sockets");
        full.set_nonblocking(true).expect("a socket");
        while full.write(&[b'\n'; 1024]).is_ok() {}
        full.set_nonblocking(false).expect("a socket");
        let mut command = command(&[&["--bin-dir", directory], arguments].concat());
        (Self::run(command.stderr(OwnedFd::from(full))), unread)
    }

    fn spawn(arguments: &[&str]) -> Self {
        Self::run(&mut command(arguments))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("`parlor` starts");
        let (alive, end) = mpsc::channel();
        let output = read_lines(child.stdout.take().expect("standard output is a pipe"), Some(alive));
        let log = match child.stderr.take() {
            Some(pipe) => read_lines(pipe, None),
            None => read_lines(std::io::empty(), None),
        };
        Self { child, output, log, end }
    }

    /// The first line on standard output, or `None` if the process ended without one.
    pub(crate) async fn first_line(&mut self) -> Option<String> {
        let lines = self.output.wait_for(|lines| !lines.is_empty());
        within_patience("the first line on standard output", lines).await.ok()?.first().cloned()
    }

    /// Waits for a line on standard error, also among those that were there before.
    pub(crate) async fn wait_for_log(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let mut log = self.log.clone();
        let wanted = async {
            let found = |lines: &Vec<String>| lines.iter().any(|line| is_wanted(line));
            let lines = log.wait_for(found).await.ok()?;
            lines.iter().find(|line| is_wanted(line)).cloned()
        };
        match tokio::time::timeout(PATIENCE, wanted).await {
            Ok(Some(line)) => line,
            Ok(None) => panic!("`parlor` ended without the line in its log:\n{}", self.log()),
            Err(_elapsed) => panic!("the line is not in the log after {PATIENCE:?}:\n{}", self.log()),
        }
    }

    /// The lines on standard error, as they come.
    pub(crate) fn lines(&self) -> watch::Receiver<Vec<String>> {
        self.log.clone()
    }

    /// Everything on standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().join("\n")
    }

    /// Everything on standard output so far.
    pub(crate) fn output(&self) -> Vec<String> {
        self.output.borrow().clone()
    }

    /// What Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// What a supervisor does.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits for the end of the process: its exit code, and its whole log.
    pub(crate) async fn exits(mut self) -> (Option<i32>, String) {
        let mut log = self.log.clone();
        let ended = async {
            let _closed = log.wait_for(|_| false).await;
            let _closed = self.output.wait_for(|_| false).await;
        };
        within_patience("the end of `parlor`", ended).await;
        let status = self.child.wait().expect("an own child can be waited for");
        (status.code(), self.log())
    }

    /// The ids of all processes that this one has started and that still run.
    pub(crate) fn children(&self) -> Vec<u32> {
        let listed = Command::new("ps").args(["-A", "-o", "ppid=,pid="]).output().expect("`ps` runs");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let pairs = listed.lines().filter_map(|line| {
            let (parent, child) = line.trim().split_once(char::is_whitespace)?;
            Some((parent.parse::<u32>().ok()?, child.trim().parse::<u32>().ok()?))
        });
        pairs.filter(|(parent, _)| *parent == self.child.id()).map(|(_, child)| child).collect()
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _gone = kill_process(id, signal);
        }
    }
}

impl Drop for Parlor {
    fn drop(&mut self) {
        // Its own children only end with it if it is asked first.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
            let _ended = self.end.recv_timeout(PATIENCE);
            let _ended = self.child.kill();
        }
        let _reaped = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    watching_command(&[&["--no-watch"], arguments].concat())
}

fn watching_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(&binaries().parlor);
    command
        .arg("--json")
        .args(["web", "websocket", "http", "lambda", "dynamodb"].map(|kind| format!("--{kind}-port=0")))
        .args(["--authority", concat!(env!("CARGO_TARGET_TMPDIR"), "/authority")])
        .args(arguments)
        .current_dir(workspace())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Reads on an own thread until the pipe closes, then drops `alive` and the sender.
fn read_lines(pipe: impl Read + Send + 'static, alive: Option<mpsc::Sender<()>>) -> watch::Receiver<Vec<String>> {
    let (sender, receiver) = watch::channel(Vec::new());
    std::thread::spawn(move || {
        let _alive = alive;
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            sender.send_modify(|lines| lines.push(String::from_utf8_lossy(&line).into_owned()));
        }
    });
    receiver
}
