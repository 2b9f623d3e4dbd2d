//! Decides on a handshake: authorizer first, then `$connect`.

use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderValue, StatusCode};

use super::client::Client;
use super::gateway::Gateway;
use super::handshake_rejection::HandshakeRejection;
use super::handshake_request::HandshakeRequest;
use super::integration_outcome::IntegrationOutcome;
use super::{admission, events, integration, routes};

/// Asks the authorizer and then `$connect`, each only if the API has one. Returns the subprotocol that `$connect` chose; `client`
/// then has what the authorizer says of it.
pub(super) async fn decide(
    gateway: &Gateway,
    asked: &HandshakeRequest,
    client: &mut Client,
    request_id: &str,
) -> Result<Option<HeaderValue>, HandshakeRejection> {
    admission::decide(gateway, asked, client, request_id).await?;
    let Some(route) = gateway.api.routes.get(routes::CONNECT) else {
        return Ok(None);
    };
    let event = events::connect(gateway, client, asked, request_id);
    let (status, reason) = match integration::ask(gateway, route, &event).await {
        IntegrationOutcome::Answered(response) if response.status.is_success() => {
            let subprotocol = response.header(SEC_WEBSOCKET_PROTOCOL.as_str());
            return Ok(subprotocol.and_then(|value| HeaderValue::from_str(value).ok()));
        }
        IntegrationOutcome::Answered(response) => (response.status, "its status is no success".to_owned()),
        IntegrationOutcome::Broken(reason) => (StatusCode::BAD_GATEWAY, reason),
        IntegrationOutcome::Unreachable(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason),
        IntegrationOutcome::TimedOut(reason) => (StatusCode::GATEWAY_TIMEOUT, reason),
    };
    Err(HandshakeRejection::of(client, request_id, status, reason))
}
