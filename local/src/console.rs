//! What a running stack tells the person at the terminal: one line per fact, on standard error, so that standard
//! output stays free for `--json`.

use std::fmt::Display;
use std::io::Write;

use owo_colors::{OwoColorize, Stream::Stderr};

/// Prints a line that stands for itself.
pub fn line(text: impl Display) {
    // A terminal that is gone is no reason to stop serving.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints something that the person should act on.
pub fn warning(text: impl Display) {
    line(format_args!("{} {text}", "warning:".if_supports_color(Stderr, |word| word.yellow())));
}

/// Prints a line that belongs to one part of the stack, such as a function's own output.
pub fn from(source: &str, text: impl Display) {
    line(format_args!("{} {text}", format_args!("[{source}]").if_supports_color(Stderr, |word| word.dimmed())));
}

/// Prints a line of data on standard output, for another program to read.
pub fn data(text: impl Display) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}
