//! An invocation, as its caller asks for it.

use axum::http::HeaderValue;
use bytes::Bytes;

/// An invocation, as its caller asks for it.
#[derive(Clone, Debug)]
pub(super) struct InvokeRequest {
    /// A UUID.
    pub(super) id: String,
    /// The alias or version that the caller asks for.
    pub(super) qualifier: Option<String>,
    /// The tracing header.
    pub(super) trace_id: HeaderValue,
    /// `X-Amz-Client-Context` of the caller, decoded.
    pub(super) client_context: Option<HeaderValue>,
    /// The event.
    pub(super) payload: Bytes,
}
