//! The toolkit's own failures, in words for the log. Clients never see them.

use std::error::Error as StdError;
use std::fmt;

use crate::logging::Chain;

/// Any error of a handler or a library. Everything that implements [`std::error::Error`] converts into it, and so does
/// `anyhow::Error`.
///
/// ```
/// let error: parlor::BoxError = "the shop is closed".into();
/// assert_eq!(error.to_string(), "the shop is closed");
/// ```
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A failure of this function, of its configuration or of AWS.
///
/// Mistakes of clients are not among them, except for those that a handler may let pass with `?`:
/// [`Error::is_client_error`].
///
/// ```
/// use parlor::Error;
///
/// fn is_ours(error: &Error) -> bool {
///     !error.is_client_error()
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The function's environment lacks a variable.
    #[error("environment variable `{0}` is not set")]
    MissingVariable(&'static str),
    /// A variable has a value that cannot be used.
    #[error("environment variable `{0}` has an invalid value")]
    InvalidVariable(&'static str),
    /// An event lacks a field that its kind always has, or has an authorizer context of another shape.
    #[error("the event has {0}")]
    Event(&'static str),
    /// The body of a message is not the JSON that the handler expects. The body itself is not shown: it may be confidential.
    #[error("the message is not the expected JSON: {kind} at line {line}, column {column}")]
    Body {
        /// "syntax error", "wrong type or field", or "unexpected end".
        kind: &'static str,
        /// The line of the body, from 1.
        line: usize,
        /// The column in that line.
        column: usize,
    },
    /// The session that the authorizer gave to this connection is over.
    #[error("the session is over")]
    SessionEnded,
    /// DynamoDB rejected a call, failed, or did not answer within its retries.
    #[error("the database could not {action}")]
    Database {
        /// The attempted action, such as "register a connection".
        action: &'static str,
        /// The SDK's error.
        #[source]
        source: BoxError,
    },
    /// A row has attributes that this version cannot read.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
    /// The management API rejected a call, failed, or did not answer within its retries.
    #[error("the management API could not {action}")]
    Management {
        /// The attempted action, such as "send a frame".
        action: &'static str,
        /// The SDK's error.
        #[source]
        source: BoxError,
    },
    /// A client did not accept a frame in time: it does not read.
    #[error("a client did not accept a frame in time")]
    Unresponsive(#[source] BoxError),
    /// Lambda did not accept a fan-out job.
    #[error("a fan-out job could not be queued")]
    Queue(#[source] BoxError),
    /// A frame exceeds 128 KB, the largest message that API Gateway delivers.
    #[error("a frame is too large")]
    TooLarge,
    /// The invocation is about to time out, so the work was abandoned.
    #[error("the invocation ran out of time")]
    OutOfTime,
    /// A value of the application could not be written as JSON.
    #[error("a value could not be written as JSON")]
    Json(#[source] serde_json::Error),
    /// The Runtime API is gone, so no further event can arrive.
    #[error("the Lambda runtime stopped")]
    Runtime(#[source] BoxError),
}

impl Error {
    /// Describes a failed database call; `action` completes "the database could not …".
    ///
    /// ```
    /// # use parlor::{BoxError, Error};
    /// # fn query() -> Result<(), BoxError> { Err("timed out".into()) }
    /// let error = query().map_err(Error::database("count the players")).unwrap_err();
    /// assert_eq!(error.to_string(), "the database could not count the players");
    /// ```
    pub fn database(action: &'static str) -> impl FnOnce(BoxError) -> Self {
        move |source| Self::Database { action, source }
    }

    /// Whether the client caused it: a body that is not what the handler expects, a session that is over, a frame that is too
    /// large. A handler answers these, and returns the others.
    ///
    /// ```
    /// assert!(parlor::Error::SessionEnded.is_client_error());
    /// ```
    pub fn is_client_error(&self) -> bool {
        matches!(self, Self::Body { .. } | Self::SessionEnded | Self::TooLarge)
    }

    /// Describes a body that could not be read, without any of its content.
    pub(crate) fn body(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        let kind = match error.classify() {
            Category::Data => "wrong type or field",
            Category::Eof => "unexpected end",
            Category::Io | Category::Syntax => "syntax error",
        };
        Self::Body { kind, line: error.line(), column: error.column() }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::MissingVariable(name) if name.starts_with("AWS_") => {
                "Lambda sets it; run the function with `parlor` or `cargo lambda watch`"
            }
            Self::MissingVariable(_) | Self::InvalidVariable(_) => {
                "set it under `Environment` of this function in `template.yaml`"
            }
            Self::Runtime(_) => "a Lambda runtime must listen at `AWS_LAMBDA_RUNTIME_API`; `parlor` provides one",
            _ => DEFAULT_HINT,
        }
    }
}

const DEFAULT_HINT: &str = "the causes above say what failed; no event was handled";

/// Shows why a process cannot run, and what to do about it.
pub(crate) struct StartupReport<'a>(pub(crate) &'a (dyn StdError + Send + Sync + 'static));

impl fmt::Display for StartupReport<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hint = self.0.downcast_ref::<Error>().map_or(DEFAULT_HINT, Error::hint);
        write!(formatter, "error: {}\n\nhint: {hint}", Chain(self.0))
    }
}
