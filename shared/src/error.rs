//! What went wrong on our side, in words for the log. Nothing in here is meant for a client.

use std::error::Error as StdError;
use std::fmt;

use crate::logging::Chain;

/// The failure of something that we or AWS should have done. What a client did wrong is never an `Error`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The function's environment lacks a variable. Every template of this project names its variables.
    #[error("environment variable `{0}` is not set")]
    MissingVariable(&'static str),
    /// A variable holds something else than it should.
    #[error("environment variable `{0}` cannot be read")]
    WrongVariable(&'static str),
    /// An event lacks what its kind always has, or its authorizer context is not the one we made.
    #[error("the event has {0}")]
    Event(&'static str),
    /// DynamoDB refused, failed, or did not answer within its retries.
    #[error("the database could not {action}")]
    Database {
        /// What was asked of it: "remember a connection".
        action: &'static str,
        /// The SDK's account of it.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A row holds something that this version cannot read.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
    /// The management API refused, failed, or did not answer within its retries.
    #[error("the management API could not {action}")]
    Management {
        /// What was asked of it: "post".
        action: &'static str,
        /// The SDK's account of it.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Lambda did not take a job.
    #[error("a job could not be handed on")]
    HandOn(#[source] Box<dyn StdError + Send + Sync>),
    /// A frame exceeds what API Gateway delivers in one message: 128 KB.
    #[error("a frame is too large")]
    TooLarge,
    /// The function's time is nearly over, and this had to be given up.
    #[error("there was no time left")]
    OutOfTime,
    /// Something that we made ourselves could not be written as JSON.
    #[error("a value could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The Lambda runtime gave up: its Runtime API is gone.
    #[error("the Lambda runtime stopped")]
    Runtime(#[source] Box<dyn StdError + Send + Sync>),
    /// An authorizer's verdict that only exists as an error: API Gateway answers 401 to exactly this message.
    #[error("Unauthorized")]
    Unauthorized,
}

impl Error {
    /// A failed database call. `action` completes "the database could not …".
    pub fn database(action: &'static str) -> impl FnOnce(BoxError) -> Self {
        move |source| Self::Database { action, source }
    }

    /// What to do about it, where somebody can do something.
    fn hint(&self) -> &'static str {
        match self {
            Self::MissingVariable(name) if name.starts_with("AWS_") => {
                "Lambda sets it; run the function with `cargo local` or `cargo lambda watch`"
            }
            Self::MissingVariable(_) | Self::WrongVariable(_) => {
                "set it under `Environment` of this function in `template.yaml`"
            }
            Self::Runtime(_) => "a Lambda runtime must listen at `AWS_LAMBDA_RUNTIME_API`; `cargo local` provides one",
            _ => "the causes above say which call failed; nothing was started",
        }
    }
}

/// Any error of a library, on its way into an [`Error`].
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Tells the person who started the process why it cannot run.
pub(crate) struct Report<'a>(pub(crate) &'a Error);

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}\n\nhint: {}", Chain(self.0), self.0.hint())
    }
}
