//! What came of asking an integration.

use super::proxy_response::ProxyResponse;

/// What came of asking an integration. The texts are for the log.
pub(super) enum IntegrationOutcome {
    /// A well-formed proxy response.
    Answered(ProxyResponse),
    /// The function failed, or what it returned is no proxy response.
    Broken(String),
    /// The integration could not be asked.
    Unreachable(String),
    /// It did not answer in time.
    TimedOut(String),
}
