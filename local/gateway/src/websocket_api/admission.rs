//! Who may ask for a connection at all, before `$connect` hears of it: authorization, API key, throttle.

use http::{HeaderMap, StatusCode};

use super::authorizer::{self, Decision};
use super::client::Client;
use super::gateway::Gateway;
use super::handshake_rejection::HandshakeRejection;
use super::handshake_request::HandshakeRequest;
use super::{replies, routes};
use local_sam::{ApiKeySource, Authorization, WebSocketApi};

const API_KEY: &str = "x-api-key";

/// Lets `client` pass and notes what is known of them now, or refuses.
pub(super) async fn decide(
    gateway: &Gateway,
    asked: &HandshakeRequest,
    client: &mut Client,
    request_id: &str,
) -> Result<(), HandshakeRejection> {
    let usage_identifier_key = authorize(gateway, asked, client, request_id).await?;
    let route = gateway.api.routes.get(routes::CONNECT);
    if route.is_some_and(|route| route.requires_api_key) {
        let key = match gateway.api.api_keys.source {
            ApiKeySource::Header => header(&asked.parts.headers, API_KEY),
            ApiKeySource::Authorizer => usage_identifier_key,
        };
        client.api_key = Some(check_key(&gateway.api, key).map_err(|reason| {
            let response = replies::forbidden();
            HandshakeRejection { response, reason: reason.to_owned() }
        })?);
    }
    if !gateway.throttles.admit(routes::CONNECT) {
        let reason = "the throttle of `$connect` is exceeded".to_owned();
        return Err(HandshakeRejection::of(client, request_id, StatusCode::TOO_MANY_REQUESTS, reason));
    }
    Ok(())
}

/// Returns the authorizer's `usageIdentifierKey`.
async fn authorize(
    gateway: &Gateway,
    asked: &HandshakeRequest,
    client: &mut Client,
    request_id: &str,
) -> Result<Option<String>, HandshakeRejection> {
    match &gateway.api.authorization {
        Authorization::None => Ok(None),
        Authorization::Iam => {
            let resource = gateway.arn(routes::CONNECT);
            match gateway.options.verifier.authorize(&asked.parts, &[], "execute-api:Invoke", &resource) {
                Ok(caller) => client.caller = Some(caller),
                Err(rejection) => {
                    let response = replies::rejection(&rejection);
                    return Err(HandshakeRejection { response, reason: rejection.reason });
                }
            }
            Ok(None)
        }
        Authorization::Lambda(authorizer) => {
            match authorizer::decide(gateway, authorizer, client, asked, request_id).await {
                Decision::Allowed { context, usage_identifier_key } => {
                    client.authorizer = Some(context);
                    Ok(usage_identifier_key)
                }
                Decision::Unidentified { reason } => {
                    let response = replies::error(StatusCode::UNAUTHORIZED, "UnauthorizedException", "Unauthorized");
                    Err(HandshakeRejection { response, reason })
                }
                Decision::Refused { status, reason } => Err(HandshakeRejection::of(client, request_id, status, reason)),
            }
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The reason for a refusal does not repeat the key.
fn check_key(api: &WebSocketApi, key: Option<String>) -> Result<String, &'static str> {
    let key = key.filter(|key| !key.is_empty()).ok_or("the handshake has no API key, which `$connect` requires")?;
    match &api.api_keys.values {
        Some(values) if !values.contains(&key) => Err("the handshake's API key is none of the template's"),
        _ => Ok(key),
    }
}
