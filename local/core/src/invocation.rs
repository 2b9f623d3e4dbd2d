//! The invocation of a function, as its callers know it.

mod function_error;
mod function_reference;

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;

pub use function_error::FunctionError;
pub use function_reference::FunctionReference;

/// Where functions run. It is all that an API knows of them.
pub trait Functions: Send + Sync {
    /// Invokes a function with an event, and waits for the result, at most for `limit`.
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: &'a Value,
        limit: Duration,
    ) -> BoxFuture<'a, Invocation>;
}

/// How an invocation ended. None of these is a failure of the stack.
#[derive(Debug)]
pub enum Invocation {
    /// The function returned this JSON text.
    Returned(Bytes),
    /// The function reported an error, crashed or reached its own timeout.
    Failed(FunctionError),
    /// The function could not be invoked: it is unknown or throttled, or nothing listens at the endpoint.
    Refused {
        /// Why, for the log.
        reason: String,
    },
    /// The caller's own limit passed first.
    TimedOut,
}
