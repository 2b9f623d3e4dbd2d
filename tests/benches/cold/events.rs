//! The events of API Gateway for the first member of a room.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::rooms::Room;

/// What the client sends.
const CONTENT: &str = "Did everybody hear that? I think that somebody did not.";

/// The event of the authorizer.
pub(crate) fn authorizer(room: &Room) -> Value {
    json!({
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect",
        "headers": headers(room, |value| json!(value)),
        "multiValueHeaders": headers(room, |value| json!([value])),
        "queryStringParameters": {}, "multiValueQueryStringParameters": {}, "stageVariables": {},
        "requestContext": context("$connect", "CONNECT"),
    })
}

/// The event of `$connect`.
pub(crate) fn connect(room: &Room) -> Value {
    let mut context = context("$connect", "CONNECT");
    context["authorizer"] = room.authorizer_context.clone();
    json!({
        "headers": headers(room, |value| json!(value)),
        "multiValueHeaders": headers(room, |value| json!([value])),
        "requestContext": context, "isBase64Encoded": false,
    })
}

/// The event of a message.
pub(crate) fn message(room: &Room) -> Value {
    let mut context = context("$default", "MESSAGE");
    context["authorizer"] = room.authorizer_context.clone();
    context["messageId"] = json!("Sg4UUfuEoAMCIYg=");
    let body = json!({ "Action": "SEND_MESSAGE", "RequestId": "8fe65e61", "Content": CONTENT });
    json!({ "requestContext": context, "body": body.to_string(), "isBase64Encoded": false })
}

fn headers(room: &Room, value: impl Fn(&str) -> Value) -> Value {
    json!({
        "Host": value(super::rooms::DOMAIN_NAME),
        "Sec-WebSocket-Protocol": value(&room.token),
        "Sec-WebSocket-Version": value("13"),
        "User-Agent": value("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        "X-Forwarded-For": value("192.0.2.1"),
    })
}

fn context(route_key: &str, event_type: &str) -> Value {
    let now = u64::try_from(UNIX_EPOCH.elapsed().expect("it is past 1970").as_millis()).expect("64 bits are enough");
    json!({
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": "Sg4UUGL3oAMEvbw=",
        "requestTime": "02/Jan/2026:08:21:20 +0000",
        "messageDirection": "IN",
        "stage": "dev",
        "connectedAt": now - 60_000,
        "requestTimeEpoch": now,
        "identity": { "sourceIp": "192.0.2.1" },
        "requestId": "Sg4UUGL3oAMEvbw=",
        "domainName": super::rooms::DOMAIN_NAME,
        "connectionId": super::rooms::SENDER,
        "apiId": "abcdef1234",
    })
}
