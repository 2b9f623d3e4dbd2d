//! What the function of the stack can be told to do, and how it is told.
//!
//! A message tells it in `tell`, a list of [`Step`]s in its JSON; a handshake tells the authorizer in the query string
//! `authorize` and `$connect` in `connect`, as JSON. What is told nothing reports its event, and answers well.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The query string that tells `$connect` what to do.
pub(crate) const CONNECT: &str = "connect";
/// The query string that tells the authorizer what to do. [`METHOD_ARN`] and [`PADDING`] in it stand for something else.
pub(crate) const AUTHORIZE: &str = "authorize";
/// The query string, and the key of the authorizer's context, that names the connection which hears reports.
pub(crate) const OBSERVER: &str = "observer";
/// Stands for [`OBSERVER`] where a handshake must have no query.
pub(crate) const OBSERVER_HEADER: &str = "X-Observer";
/// The key of the authorizer's context that tells `$disconnect` what to do.
pub(crate) const DISCONNECT: &str = "disconnect";
/// Stands for the `methodArn` of an authorizer's event, which no client knows.
pub(crate) const METHOD_ARN: &str = "METHOD_ARN";

/// Stands for [`PADDING_BYTES`] letters in what an authorizer is told, which no URL has room for.
pub(crate) const PADDING: &str = "PADDING";
/// Largest answer of an authorizer in bytes (API Gateway account level quotas).
pub(crate) const PADDING_BYTES: usize = 8 * 1024;

/// One thing to do. Steps are done in their order; what has none left answers with the status 200.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Step {
    /// Posts `{"event": …}` to whom reports go: the sender of a message, else the observer.
    Report,
    /// Calls `@connections` about a connection, its own if none is named, and reports `{"outcome": …}`.
    Call {
        /// `POST`, `GET` or `DELETE`.
        method: String,
        /// The connection's id.
        connection: Option<String>,
    },
    /// Waits for so many milliseconds.
    Sleep(u64),
    /// Returns this as it is, well-formed or not.
    Answer(Value),
    /// Reports an error with this message.
    Fail(String),
    /// Ends the process.
    Crash,
}

/// `steps` as the text of a query string.
pub(crate) fn text(steps: &[Step]) -> String {
    serde_json::to_string(steps).unwrap_or_default()
}

/// What one call of `@connections` came to, as the function reports it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// The status of the answer; 0 without one.
    pub(crate) status: u16,
    /// `x-amzn-ErrorType`.
    pub(crate) error_type: Option<String>,
}
