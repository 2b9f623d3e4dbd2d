//! The flags of `parlor run`.

use clap::Args;

use super::StackOptions;

pub(super) const AFTER_HELP: &str = "\
If a template has several APIs of a kind, the first has the port of its flag. Each further API has the next number that no \
flag names, counted from the highest of the web, WebSocket and HTTP ports (by default 3003, 3004, …), WebSocket APIs first. \
With 0, all APIs of that kind have free ports.

A duration is written as `90s`, `10m`, `2h`, or plain seconds.";

/// Run the stack of a template until you stop it
///
/// Builds the functions, starts every service, and prints a line for each handshake, message, call and invocation. Functions
/// are rebuilt and restarted when their sources change. Ctrl-C stops the stack.
#[derive(Clone, Debug, Args)]
#[command(args_override_self = true, max_term_width = 120, after_long_help = AFTER_HELP)]
pub struct RunOptions {
    /// The stack to run.
    #[command(flatten)]
    pub stack: StackOptions,

    /// Print one line of JSON to standard output when the stack is ready, and no start-up report
    #[arg(long)]
    pub json: bool,

    /// Do not rebuild and restart functions when their sources change
    #[arg(long, help_heading = "Functions")]
    pub no_watch: bool,
}
