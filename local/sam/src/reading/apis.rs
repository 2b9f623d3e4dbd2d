//! What tells the APIs of API Gateway apart.

use crate::evaluation::Node;
use crate::problem::Problem;

/// Whether an API is one for WebSockets. Without a protocol its definition is OpenAPI, and so for HTTP.
pub(super) fn is_web_socket_api(properties: &Node<'_>) -> Result<bool, Problem> {
    Ok(properties.text_at("ProtocolType")?.is_some_and(|protocol| protocol.eq_ignore_ascii_case("WEBSOCKET")))
}
