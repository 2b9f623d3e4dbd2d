//! What functions are told: exact key sets, for a field too many is as wrong as one too few.

use local_sam::{Authorization, Authorizer};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::lambda::Answer;
use crate::world::{World, invocable};

const CONTEXT: [&str; 13] = [
    "apiId",
    "connectedAt",
    "connectionId",
    "domainName",
    "eventType",
    "extendedRequestId",
    "identity",
    "messageDirection",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "routeKey",
    "stage",
];

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn context_with(more: &[&'static str]) -> Vec<&'static str> {
    let mut keys = [&CONTEXT, more].concat();
    keys.sort_unstable();
    keys
}

fn assert_common(world: &World, event: &Value, event_type: &str, route_key: &str) {
    let context = &event["requestContext"];
    assert_eq!(context["eventType"], event_type);
    assert_eq!(context["routeKey"], route_key);
    assert_eq!(context["messageDirection"], "IN");
    assert_eq!((&context["stage"], &context["apiId"]), (&json!("dev"), &json!("abcdef1234")));
    assert_eq!(context["domainName"], world.address.to_string());
    assert_eq!(context["requestId"], context["extendedRequestId"]);
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    for id in ["connectionId", "requestId"] {
        let id = context[id].as_str().unwrap();
        assert!(id.len() == 16 && id.ends_with('='), "{id}");
    }
    let (connected, now) = (context["connectedAt"].as_i64().unwrap(), context["requestTimeEpoch"].as_i64().unwrap());
    assert!(connected <= now && connected > 1_700_000_000_000);
    let time = jiff::Timestamp::from_millisecond(now).unwrap();
    assert_eq!(context["requestTime"], time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string());
}

#[tokio::test]
async fn an_alias_is_invoked_as_the_template_names_it() {
    let world = World::with(|setup| {
        let authorizer = Authorizer { invocable: invocable("authorizer:blue"), identity_sources: Vec::new() };
        setup.api.authorization = Authorization::Lambda(authorizer);
        setup.route("$connect", "connect:live");
    })
    .await;
    let allow = json!({
        "principalId": "ada",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}],
        },
    });
    world.lambda.script("authorizer:blue", Answer::json(allow));

    let _client = world.connect().await;

    assert_eq!(world.lambda.event_of("authorizer:blue").await["type"], "REQUEST");
    let event = world.lambda.event_of("connect:live").await;
    assert_eq!(event["requestContext"]["routeKey"], "$connect");
}

#[tokio::test]
async fn a_connect_event_has_the_handshake() {
    let world = World::start().await;
    let headers =
        [("X-hELLO", "Big"), ("User-Agent", "agent/1.0"), ("Content-Length", "0"), ("two", "1"), ("two", "2")];
    world.knock("/dev?b=1&a=x%20y&b=2", &headers).await;
    let event = world.lambda.event_of("connect").await;
    let expected = [
        "headers",
        "isBase64Encoded",
        "multiValueHeaders",
        "multiValueQueryStringParameters",
        "queryStringParameters",
        "requestContext",
    ];
    assert_eq!(keys(&event), expected);
    assert_eq!(keys(&event["requestContext"]), CONTEXT);
    assert_common(&world, &event, "CONNECT", "$connect");
    assert_eq!(event["requestContext"]["identity"], json!({"sourceIp": "127.0.0.1", "userAgent": "agent/1.0"}));
    let expected = [
        "Host",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "User-Agent",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-hELLO",
        "two",
    ];
    assert_eq!(keys(&event["headers"]), expected);
    assert_eq!(keys(&event["multiValueHeaders"]), expected);
    assert_eq!((&event["headers"]["two"], &event["multiValueHeaders"]["two"]), (&json!("2"), &json!(["1", "2"])));
    assert_eq!(event["headers"]["X-Forwarded-For"], "127.0.0.1");
    assert_eq!(event["headers"]["X-Forwarded-Port"], "443");
    assert_eq!(event["headers"]["X-Forwarded-Proto"], "https");
    assert_eq!(event["queryStringParameters"], json!({"a": "x y", "b": "2"}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({"a": ["x y"], "b": ["1", "2"]}));
}

#[tokio::test]
async fn a_connect_event_has_no_field_without_a_value() {
    let world = World::start().await;
    world.knock("/dev", &[]).await;
    let event = world.lambda.event_of("connect").await;
    assert_eq!(keys(&event), ["headers", "isBase64Encoded", "multiValueHeaders", "requestContext"]);
    assert_eq!(keys(&event["requestContext"]["identity"]), ["sourceIp"]);
}

#[tokio::test]
async fn the_host_header_does_not_make_the_domain_name() {
    let world = World::start().await;
    world.knock("/dev", &[("Host", "elsewhere.example")]).await;
    assert_common(&world, &world.lambda.event_of("connect").await, "CONNECT", "$connect");
}

#[tokio::test]
async fn a_message_event_has_the_body_and_no_headers() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send(r#"{"action":"unknown"}"#).await;
    let event = world.lambda.event_of("default").await;
    assert_eq!(keys(&event), ["body", "isBase64Encoded", "requestContext"]);
    assert_eq!(keys(&event["requestContext"]), context_with(&["messageId"]));
    assert_common(&world, &event, "MESSAGE", "$default");
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"action":"unknown"}"#), &json!(false)));
    client.send(r#"{"action":"echo"}"#).await;
    assert_common(&world, &world.lambda.event_of("echo").await, "MESSAGE", "echo");
}

#[tokio::test]
async fn a_disconnect_event_has_synthetic_headers_and_the_cause() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send_message(Message::Close(None)).await;
    let event = world.lambda.event_of("disconnect").await;
    assert_eq!(keys(&event), ["headers", "isBase64Encoded", "multiValueHeaders", "requestContext"]);
    assert_eq!(keys(&event["requestContext"]), context_with(&["disconnectReason", "disconnectStatusCode"]));
    assert_common(&world, &event, "DISCONNECT", "$disconnect");
    let host = world.address.to_string();
    assert_eq!(event["headers"], json!({"Host": host, "X-Forwarded-For": "", "x-api-key": "", "x-restapi": ""}));
    let lists = json!({"Host": [host], "X-Forwarded-For": [""], "x-api-key": [""], "x-restapi": [""]});
    assert_eq!(event["multiValueHeaders"], lists);
    let connected = &world.lambda.event_of("connect").await["requestContext"]["connectedAt"];
    assert_eq!(&event["requestContext"]["connectedAt"], connected);
}

#[tokio::test]
async fn stage_variables_are_in_every_event() {
    let world =
        World::with(|setup| drop(setup.api.stage_variables.insert("colour".to_owned(), "blue".to_owned()))).await;
    let mut client = world.connect().await;
    client.send("hello").await;
    for function in ["connect", "default"] {
        assert_eq!(world.lambda.event_of(function).await["stageVariables"], json!({"colour": "blue"}));
    }
    drop(client);
    assert_eq!(world.lambda.event_of("disconnect").await["stageVariables"], json!({"colour": "blue"}));
}

#[tokio::test]
async fn the_authorizer_sees_everything_and_its_context_stays() {
    let world = World::with(|setup| {
        setup.authorize(Vec::new());
    })
    .await;
    let statement = json!({"Action": "*", "Effect": "Allow", "Resource": "*"});
    let context = json!({"number": 1.5, "flag": true, "text": "t", "nothing": null});
    let answer = json!({"principalId": "me", "policyDocument": {"Statement": statement}, "context": context});
    world.lambda.script("authorizer", Answer::json(answer));
    let mut client = world.connect().await;
    let event = world.lambda.event_of("authorizer").await;
    let expected = [
        "headers",
        "methodArn",
        "multiValueHeaders",
        "multiValueQueryStringParameters",
        "queryStringParameters",
        "requestContext",
        "stageVariables",
        "type",
    ];
    assert_eq!(keys(&event), expected);
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["methodArn"], "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect");
    assert_eq!(keys(&event["requestContext"]), CONTEXT);
    assert_common(&world, &event, "CONNECT", "$connect");
    assert_eq!((&event["stageVariables"], &event["queryStringParameters"]), (&json!({}), &json!({})));
    for name in ["Connection", "Upgrade", "content-length"] {
        assert!(event["headers"][name].is_string(), "{name}");
    }
    let expected = json!({"number": "1.5", "flag": "true", "text": "t", "principalId": "me"});
    client.send("hello").await;
    for function in ["connect", "default"] {
        assert_eq!(world.lambda.event_of(function).await["requestContext"]["authorizer"], expected);
    }
    drop(client);
    assert_eq!(world.lambda.event_of("disconnect").await["requestContext"]["authorizer"], expected);
    assert!(world.lambda.take("authorizer").is_none());
}
