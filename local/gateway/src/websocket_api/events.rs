//! The events that functions get. A field that API Gateway leaves out is left out here.

use http::header::{CONNECTION, CONTENT_LENGTH, UPGRADE};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::client::Client;
use super::gateway::Gateway;
use super::handshake_request::{HandshakeRequest, MultiMap};
use super::{identifiers, routes};
use crate::signature::Caller;
use local_core::settings;
use local_core::short_id::short_id;

/// The event of an authorizer of type REQUEST; unlike `$connect`'s it has every header and no absent map.
pub(super) fn authorizer(
    gateway: &Gateway,
    client: &Client,
    asked: &HandshakeRequest,
    request_id: &str,
    arn: &str,
) -> Value {
    let mut headers = asked.headers.clone();
    if !headers.keys().any(|name| name.eq_ignore_ascii_case(CONTENT_LENGTH.as_str())) {
        headers.insert(CONTENT_LENGTH.to_string(), vec!["0".to_owned()]);
    }
    let query = asked.query.clone().unwrap_or_default();
    json!({
        "type": "REQUEST",
        "methodArn": arn,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": last_values(&query),
        "multiValueQueryStringParameters": all_values(&query),
        "stageVariables": gateway.api.stage_variables,
        "requestContext": context(gateway, client, routes::CONNECT, "CONNECT", request_id, Timestamp::now(), []),
    })
}

/// The event of `$connect`.
pub(super) fn connect(gateway: &Gateway, client: &Client, asked: &HandshakeRequest, request_id: &str) -> Value {
    let mut headers = asked.headers.clone();
    let dropped = [CONNECTION, UPGRADE, CONTENT_LENGTH];
    headers.retain(|name, _| !dropped.iter().any(|dropped| name.eq_ignore_ascii_case(dropped.as_str())));
    let mut event = with_headers(&headers);
    if let Some(query) = &asked.query {
        event.insert("queryStringParameters".to_owned(), last_values(query));
        event.insert("multiValueQueryStringParameters".to_owned(), all_values(query));
    }
    let context = context(gateway, client, routes::CONNECT, "CONNECT", request_id, Timestamp::now(), []);
    complete(event, gateway, context, None)
}

/// The event of a message that `route_key` takes.
pub(super) fn message(
    gateway: &Gateway,
    client: &Client,
    route_key: &str,
    request_id: &str,
    received_at: Timestamp,
    body: &str,
) -> Value {
    let message_id = [("messageId", identifiers::mint().into())];
    let context = context(gateway, client, route_key, "MESSAGE", request_id, received_at, message_id);
    complete(Map::new(), gateway, context, Some(body))
}

/// The event of `$disconnect`. Its headers are not those of the handshake.
pub(super) fn disconnect(gateway: &Gateway, client: &Client, code: u16, reason: &str) -> Value {
    let cause = [("disconnectStatusCode", code.into()), ("disconnectReason", reason.into())];
    let (request_id, now) = (identifiers::mint(), Timestamp::now());
    let context = context(gateway, client, routes::DISCONNECT, "DISCONNECT", &request_id, now, cause);
    let headers = [
        ("Host", gateway.options.domain_name.clone()),
        ("x-api-key", String::new()),
        ("X-Forwarded-For", String::new()),
        ("x-restapi", String::new()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), vec![value])).into();
    complete(with_headers(&headers), gateway, context, None)
}

fn with_headers(headers: &MultiMap) -> Map<String, Value> {
    Map::from_iter([
        ("headers".to_owned(), last_values(headers)),
        ("multiValueHeaders".to_owned(), all_values(headers)),
    ])
}

/// What all three have, in API Gateway's order.
fn complete(
    mut event: Map<String, Value>,
    gateway: &Gateway,
    context: Map<String, Value>,
    body: Option<&str>,
) -> Value {
    if !gateway.api.stage_variables.is_empty() {
        event.insert("stageVariables".to_owned(), json!(gateway.api.stage_variables));
    }
    event.insert("requestContext".to_owned(), context.into());
    event.extend(body.map(|body| ("body".to_owned(), body.into())));
    event.insert("isBase64Encoded".to_owned(), false.into());
    event.into()
}

fn context<const N: usize>(
    gateway: &Gateway,
    client: &Client,
    route_key: &str,
    event_type: &str,
    request_id: &str,
    received_at: Timestamp,
    of_this_type: [(&str, Value); N],
) -> Map<String, Value> {
    let mut identity = Map::new();
    if let Some(user_agent) = &client.user_agent {
        identity.insert("userAgent".to_owned(), user_agent.as_str().into());
    }
    identity.insert("sourceIp".to_owned(), client.source_ip.as_str().into());
    if let Some(caller) = &client.caller {
        let Caller { access_key, .. } = caller;
        identity.extend(
            [
                ("accountId", settings::ACCOUNT_ID.to_owned()),
                ("accessKey", access_key.clone()),
                ("caller", access_key.clone()),
                ("user", access_key.clone()),
                ("userArn", caller.user_arn()),
            ]
            .map(|(name, value)| (name.to_owned(), value.into())),
        );
    }
    if let Some(api_key) = &client.api_key {
        identity.insert("apiKey".to_owned(), api_key.as_str().into());
        identity.insert("apiKeyId".to_owned(), short_id(api_key).into());
    }
    let mut context = Map::new();
    let mut set = |name: &str, value: Value| drop(context.insert(name.to_owned(), value));
    set("routeKey", route_key.into());
    of_this_type.into_iter().for_each(|(name, value)| set(name, value));
    set("eventType", event_type.into());
    set("extendedRequestId", request_id.into());
    set("requestTime", received_at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string().into());
    set("messageDirection", "IN".into());
    set("stage", gateway.api.stage.as_str().into());
    set("connectedAt", client.connected_at.as_millisecond().into());
    set("requestTimeEpoch", received_at.as_millisecond().into());
    set("identity", identity.into());
    if let Some(authorizer) = &client.authorizer {
        set("authorizer", json!(authorizer));
    }
    set("requestId", request_id.into());
    set("domainName", gateway.options.domain_name.as_str().into());
    set("connectionId", client.connection_id.as_str().into());
    set("apiId", gateway.api.api_id.as_str().into());
    context
}

/// Single-value maps hold the last of several values.
fn last_values(map: &MultiMap) -> Value {
    sorted(map, |values| json!(values.last()))
}

fn all_values(map: &MultiMap) -> Value {
    sorted(map, |values| json!(values))
}

/// Names in the order of API Gateway, which does not look at their case.
fn sorted(map: &MultiMap, value: impl Fn(&[String]) -> Value) -> Value {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    entries.into_iter().map(|(name, values)| (name.clone(), value(values))).collect::<Map<_, _>>().into()
}
