//! What reaches the log, and in which shape.

use std::error::Error as StdError;
use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The runtime logs every failed invocation as an error. `serve` has logged it already, with its causes, and leaves out an
/// authorizer's 401, which is not a failure.
const LOGGED_BY_THE_RUNTIME: &str = "lambda_runtime::layers::panic=off";

/// Sets up logging as the function's configuration asks: `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL` on Lambda, text
/// and `RUST_LOG` elsewhere. Lines carry their time: Lambda takes a JSON line without one for INFO, whatever its level.
pub(crate) fn set_up() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let filter =
        EnvFilter::builder().with_default_directive(level.unwrap_or(LevelFilter::INFO).into()).from_env_lossy();
    let filter = match LOGGED_BY_THE_RUNTIME.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    // Colours are for terminals: CloudWatch would store their codes.
    let colours = std::io::stdout().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_ansi(colours);
    let json = std::env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json"));
    // Only tests install a second subscriber: the first one stays.
    let _ = if json { subscriber.json().try_init() } else { subscriber.without_time().try_init() };
}

/// Logs an error with all its causes at level ERROR.
///
/// [`serve`](crate::serve) does this for every error that a handler returns. Handlers that answer the client themselves call
/// it for the errors that they do not return.
///
/// ```
/// let error: parlor::BoxError = "the shop is closed".into();
/// parlor::log_error(error.as_ref());
/// ```
pub fn log_error(error: &(dyn StdError + 'static)) {
    tracing::error!(cause = %Chain(error), "the request failed");
}

/// Logs an error with all its causes at level WARN, for a failure that was handled; `outcome` says how.
///
/// ```
/// let error: parlor::BoxError = "timed out".into();
/// parlor::log_warning("the score was not updated", error.as_ref());
/// ```
pub fn log_warning(outcome: &str, error: &(dyn StdError + 'static)) {
    tracing::warn!(cause = %Chain(error), "{outcome}");
}

/// Names the group in every further log line of this event. Call it once, as soon as the group is known. Do not call it with
/// names that clients choose.
///
/// ```
/// parlor::log_group("lobby");
/// ```
pub fn log_group(group: &str) {
    tracing::Span::current().record("group", group);
}

/// Shows an error with all its causes on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
