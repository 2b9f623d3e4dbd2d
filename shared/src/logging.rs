//! What reaches the log, and in which shape.

use std::error::Error as StdError;
use std::fmt;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The runtime writes every failed invocation as an error. `serve` has done so already, with the causes, and leaves out
/// what is none: an authorizer that says no.
const SAID_TWICE: &str = "lambda_runtime::layers::panic=off";

/// Sets up logging as the function's configuration wants it: `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL` on Lambda,
/// text and `RUST_LOG` elsewhere. Lines carry their time: Lambda takes a JSON line without one for INFO, whatever it says.
pub(crate) fn set_up() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let filter =
        EnvFilter::builder().with_default_directive(level.unwrap_or(LevelFilter::INFO).into()).from_env_lossy();
    let filter = match SAID_TWICE.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    let json = std::env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json"));
    // A second subscriber can only be asked for by a test: the first stays.
    let _ = if json { subscriber.json().try_init() } else { subscriber.without_time().try_init() };
}

/// Writes an error with all its causes to the log, as something that somebody must look into.
pub fn log_error(error: &(dyn StdError + 'static)) {
    tracing::error!(cause = %Chain(error), "the request failed");
}

/// Writes an error with all its causes to the log, where it was dealt with in another way: `outcome` says how.
pub fn log_warning(outcome: &str, error: &(dyn StdError + 'static)) {
    tracing::warn!(cause = %Chain(error), "{outcome}");
}

/// Shows an error with all its causes on one line. Each level prints only itself, so nothing is said twice.
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
