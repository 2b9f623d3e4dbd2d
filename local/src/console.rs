//! What a running stack tells the person at the terminal: one line per fact, on standard error, so that standard
//! output stays free for `--json`.
//!
//! A pipe that nobody reads, or a terminal that is held, must not hold the stack. So one thread writes, and nobody
//! waits for it: lines that it has no room for are lost, and the next one that fits tells how many.

use std::fmt::Display;
use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;
use owo_colors::{OwoColorize, Stream::Stderr};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::activity::Activity;
use crate::failure::Failure;
use crate::faults::Happening;

/// Lines that may wait to be written.
const MAX_WAITING_LINES: usize = 1024;

/// How long [`finish`] may take: somebody waits for the process to end.
const FINISH_LIMIT: Duration = Duration::from_secs(1);

static STANDARD_ERROR: LazyLock<Mutex<Option<Writer>>> =
    LazyLock::new(|| Mutex::new(Some(Writer::new(MAX_WAITING_LINES, std::io::stderr()))));

/// What lines look like. It is chosen once, before the first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For a person, in colour on a terminal.
    #[default]
    Text,
    /// An object for each line: `time`, `kind`, and what that kind has.
    Json,
    /// For a person who wants no line about what goes well: no activity, no REPORT.
    Quiet,
}

static FORMAT: OnceLock<Format> = OnceLock::new();

/// Chooses the format of all lines; the first choice counts.
pub fn choose(format: Format) {
    let _ = FORMAT.set(format);
}

fn format() -> Format {
    FORMAT.get().copied().unwrap_or_default()
}

/// Whether standard error is for a program to read, so that nothing else may write there.
pub(crate) fn is_for_programs() -> bool {
    format() == Format::Json
}

/// Prints a line that stands for itself.
pub fn line(text: impl Display) {
    match format() {
        Format::Json => object("line", json!({ "text": plain(text) })),
        Format::Text | Format::Quiet => write(text.to_string()),
    }
}

/// Prints something that the person should act on.
pub fn warning(text: impl Display) {
    match format() {
        Format::Json => object("warning", json!({ "text": plain(text) })),
        Format::Text | Format::Quiet => write(warned(text)),
    }
}

/// Prints why the stack cannot go on, and what to do about it.
pub fn failure(failure: &Failure) {
    if format() == Format::Json {
        return object("failure", json!({ "text": failure.message(), "hint": failure.hint() }));
    }
    let error = "error:".if_supports_color(Stderr, |word| word.red()).to_string();
    write(format!("{error} {}\n\nhint: {}", failure.message(), failure.hint()));
}

/// Prints a line that belongs to one part of the stack, such as a function's own output.
pub fn from(source: &str, text: impl Display) {
    match format() {
        Format::Json => object("line", json!({ "source": source, "text": plain(text) })),
        Format::Text | Format::Quiet => write(sourced(source, text)),
    }
}

/// Prints what happened at an API.
pub(crate) fn activity(activity: &Activity<'_>) {
    match format() {
        Format::Json => object("activity", json!(activity)),
        Format::Quiet if activity.problem.is_none() => {}
        Format::Text | Format::Quiet => write(sourced(activity.api, activity)),
    }
}

/// Prints a fault that happened on purpose, also where only problems are told: it explains them.
pub(crate) fn fault(happening: &Happening) {
    match format() {
        Format::Json => object("fault", json!(happening)),
        Format::Text | Format::Quiet => write(sourced(&format!("fault {}", happening.number), happening)),
    }
}

/// Prints that a function ran: `fields` for programs, `text` for people.
pub(crate) fn report(function: &str, text: impl Display, fields: &impl Serialize) {
    match format() {
        Format::Json => object("invocation", json!(fields)),
        Format::Text => write(sourced(function, text)),
        Format::Quiet => {}
    }
}

/// An object with the time and, where the fields name no kind of their own, `kind`.
fn object(kind: &str, fields: Value) {
    let mut object = Map::from_iter([
        ("time".to_owned(), format!("{:.3}", Timestamp::now()).into()),
        ("kind".to_owned(), kind.into()),
    ]);
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    write(Value::Object(object).to_string());
}

fn plain(text: impl Display) -> String {
    text.to_string().trim().to_owned()
}

fn sourced(source: &str, text: impl Display) -> String {
    format!("{} {text}", format_args!("[{source}]").if_supports_color(Stderr, |word| word.dimmed()))
}

fn write(line: String) {
    // No step under this lock can panic halfway through a change.
    let mut writer = STANDARD_ERROR.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(writer) = writer.as_mut() {
        writer.write(line);
    }
}

/// Prints a line of data on standard output, for another program to read.
pub fn data(text: impl Display) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

/// Waits until every line is written, at most for a second. Lines that come later are lost.
pub fn finish() {
    let writer = STANDARD_ERROR.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(writer) = writer {
        writer.finish(FINISH_LIMIT);
    }
}

fn warned(text: impl Display) -> String {
    format!("{} {text}", "warning:".if_supports_color(Stderr, |word| word.yellow()))
}

/// A thread that writes lines.
struct Writer {
    lines: SyncSender<String>,
    /// Says nothing, and disconnects when the thread has written everything.
    ended: Receiver<()>,
    /// How many lines were lost since the last one that was taken.
    lost: u64,
}

impl Writer {
    fn new(max_waiting: usize, mut output: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = sync_channel::<String>(max_waiting);
        let (alive, ended) = sync_channel(0);
        let write_all = move || {
            let _alive = alive;
            for line in waiting {
                // A terminal that is gone is no reason to stop serving.
                let _ = writeln!(output, "{line}");
            }
        };
        // Without a thread every line is lost, and everything else works.
        let _ = std::thread::Builder::new().name("console".to_owned()).spawn(write_all);
        Self { lines, ended, lost: 0 }
    }

    fn write(&mut self, line: String) {
        self.tell_of_the_lost();
        if self.lost > 0 || self.lines.try_send(line).is_err() {
            self.lost += 1;
        }
    }

    fn tell_of_the_lost(&mut self) {
        let lost = self.lost;
        if lost > 0
            && self.lines.try_send(warned(format_args!("{lost} lines were lost here: nobody read them"))).is_ok()
        {
            self.lost = 0;
        }
    }

    /// Whether everything was written within `limit`.
    fn finish(mut self, limit: Duration) -> bool {
        self.tell_of_the_lost();
        let Self { lines, ended, .. } = self;
        drop(lines);
        ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Writes only while the test lets it.
    #[derive(Clone, Default)]
    struct Held(Arc<Mutex<Vec<u8>>>);

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_reads_are_counted_and_nobody_waits_for_them() {
        let output = Held::default();
        let held = output.0.lock().unwrap();
        let mut writer = Writer::new(4, output.clone());
        for number in 0..100 {
            writer.write(format!("line {number}"));
        }
        drop(held);
        while writer.lost > 0 {
            std::thread::yield_now();
            writer.tell_of_the_lost();
        }
        assert!(writer.finish(Duration::from_secs(20)));
        let written = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert!(written.starts_with("line 0\nline 1\nline 2\nline 3\n"), "{written}");
        let lines = written.lines().filter(|line| line.starts_with("line ")).count();
        // Four wait, and the thread may hold one more; where it takes that one late, the loss is told in two parts.
        assert!(lines == 4 || lines == 5, "{written}");
        let lost = written.lines().filter_map(|line| line.strip_suffix(" lines were lost here: nobody read them"));
        let lost: usize = lost.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum();
        assert_eq!(lines + lost, 100, "{written}");
    }

    #[test]
    fn the_end_does_not_wait_for_a_pipe_that_nobody_reads() {
        let output = Held::default();
        let _held = output.0.lock().unwrap();
        let mut writer = Writer::new(4, output.clone());
        writer.write("never read".to_owned());
        assert!(!writer.finish(Duration::from_millis(10)));
    }
}
