//! The terminal: one line for each event, on standard error, so that standard output stays free for `--json`.

mod json;
mod text;
mod writer;

use std::fmt::Display;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::ValueEnum;

use local_core::events::{Event, Reporter, Subscriber};
use local_core::failure::Failure;
use writer::Writer;

/// Lines that may wait to be written.
const MAX_WAITING_LINES: usize = 1024;

/// How long [`Console::finish`] may take: the end of the process waits for it.
const FINISH_LIMIT: Duration = Duration::from_secs(1);

/// What lines look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For a person, in colour on a terminal.
    #[default]
    Text,
    /// An object for each line: `time`, `kind`, and the fields of that kind.
    Json,
    /// For a person who wants no line about what goes well: no activity, no REPORT.
    Quiet,
}

/// Prints events, and what commands report themselves.
pub struct Console {
    format: Format,
    /// `None` once the console has finished.
    writer: Mutex<Option<Writer>>,
}

impl Console {
    /// A console that prints to standard error.
    pub fn start(format: Format) -> Self {
        Self { format, writer: Mutex::new(Some(Writer::new(MAX_WAITING_LINES, std::io::stderr()))) }
    }

    /// A reporter whose events this console prints.
    pub fn reporter(self: &Arc<Self>) -> Reporter {
        Reporter::new([Arc::clone(self) as Arc<dyn Subscriber>])
    }

    /// Prints text of one line or several.
    pub fn line(&self, text: impl Display) {
        self.receive(&Event::Note { source: None, text: text.to_string() });
    }

    /// Prints why a command cannot go on, and what to do about it.
    pub fn failure(&self, failure: &Failure) {
        self.write(match self.format {
            Format::Json => json::failure(failure),
            Format::Text | Format::Quiet => text::failure(failure),
        });
    }

    /// Prints a line of data on standard output, for another program to read.
    pub fn data(&self, text: impl Display) {
        let mut output = std::io::stdout().lock();
        let _ = writeln!(output, "{text}").and_then(|()| output.flush());
    }

    /// Waits until every line is written, at most for a second. Lines that come later are lost.
    pub fn finish(&self) {
        // No step under this lock can panic halfway through a change.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            writer.finish(FINISH_LIMIT);
        }
    }

    fn write(&self, line: String) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writer.as_mut() {
            writer.write(line);
        }
    }
}

impl Subscriber for Console {
    fn receive(&self, event: &Event) {
        let line = match self.format {
            Format::Json => json::line(event),
            Format::Text => text::line(event),
            Format::Quiet if text::is_routine(event) => None,
            Format::Quiet => text::line(event),
        };
        if let Some(line) = line {
            self.write(line);
        }
    }
}
