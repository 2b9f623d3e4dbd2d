//! A call of an HTTP API.

use std::time::Duration;

/// A call of an HTTP API. It has no query string: there may be a credential in it.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// The logical id of the API.
    pub api: String,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The function behind the route, if a route matches.
    pub function: Option<String>,
    /// The status of the response.
    pub status: u16,
    /// From the request's head to the response.
    pub duration: Duration,
    /// Why the API itself answered, where callers are not told.
    pub problem: Option<String>,
}
