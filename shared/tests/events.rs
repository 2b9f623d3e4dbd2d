//! What events give, and how they are answered.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use lambda_runtime::{LambdaEvent, Service};
use parlor::testing;
use parlor::{
    Answer, AuthorizerRequest, AuthorizerResponse, BoxError, Connect, Error, Event, InvocationContext, Message,
    Response, Session, StatusCode, service,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const FAR_FUTURE: u64 = 32_503_680_000;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Claims {
    user: String,
}

fn claims() -> Claims {
    Claims { user: "ada".to_owned() }
}

#[test]
fn a_handshake_has_query_headers_cookies_and_subprotocols() {
    let connect = testing::connect("Ada=")
        .query("name", "ada")
        .query("tag", "a")
        .query("tag", "b")
        .header("Cookie", "theme=dark; session=s=1")
        .header("X-Custom", "1")
        .header("Sec-WebSocket-Protocol", "token, v2")
        .user_agent("wscat")
        .stage_variable("colour", "blue")
        .connected_at(1_700_000_000_123)
        .build();

    assert_eq!((connect.query("name"), connect.query("tag"), connect.query("none")), (Some("ada"), Some("b"), None));
    assert_eq!(connect.query_all("tag"), ["a", "b"]);
    assert_eq!((connect.header("x-custom"), connect.header("none")), (Some("1"), None));
    assert_eq!(
        (connect.cookie("theme"), connect.cookie("session"), connect.cookie("no")),
        (Some("dark"), Some("s=1"), None)
    );
    assert_eq!(connect.protocols().collect::<Vec<_>>(), ["token", "v2"]);
    assert_eq!((connect.source_ip(), connect.user_agent()), ("203.0.113.1", Some("wscat")));
    assert_eq!(connect.stage_variable("colour"), Some("blue"));
    assert_eq!(connect.connected_at(), 1_700_000_000_123);
    assert_eq!(connect.raw().request_context.stage.as_deref(), Some("test"));
}

#[test]
fn a_recorded_message_can_be_replayed() {
    let message: Message = testing::replay(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/message.json"));

    assert_eq!((message.route_key(), message.message_id()), ("sendmessage", "SOqHkdxCoAMCEeg="));
    assert_eq!(message.request_id(), "SOqHkFxLIAMFpOw=");
    assert_eq!((message.connected_at(), message.received_at()), (1_652_722_210_123, 1_652_722_227_456));
    assert_eq!(message.json::<Value>().unwrap()["data"], "hi");
    let endpoint = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/Prod";
    assert_eq!((message.peer.id.as_str(), message.peer.endpoint.as_str()), ("SOqGjdZioAMCEeg=", endpoint));
    assert!(!message.deadline.is_over());
}

#[test]
fn the_end_of_a_connection_has_a_code_and_a_reason() {
    let disconnect = testing::disconnect("Ada=").closed(1001, "Going away").build();
    assert_eq!((disconnect.code(), disconnect.reason()), (Some(1001), Some("Going away")));
}

#[test]
fn a_session_reaches_every_event_and_a_foreign_context_is_read_as_a_type() {
    let session = Session::new(claims(), FAR_FUTURE);
    let message = testing::message("Ada=", "").session(&session).build();
    assert_eq!(message.session::<Claims>().unwrap().claims().unwrap(), &claims());
    assert!(testing::connect("Ada=").session(&session).build().session::<Claims>().is_ok());
    assert!(testing::disconnect("Ada=").session(&session).build().session::<Claims>().is_ok());

    let foreign = testing::message("Ada=", "").context(json!({ "principalId": "p", "user": "ada" })).build();
    assert_eq!(foreign.context::<Claims>().unwrap(), claims());
    assert!(foreign.session::<Claims>().is_err());
}

#[test]
fn a_body_that_is_not_the_expected_json_is_an_error_without_the_body() {
    for body in [r#"{"user":{"secret":1}}"#, r#"{"user":"secret"#, "secret", ""] {
        let error = testing::message("Ada=", body).build().json::<Claims>().unwrap_err();
        assert!(matches!(error, Error::Body { .. }) && !error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn an_event_without_what_it_always_has_is_rejected() {
    let whole = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/message.json")).unwrap();
    for field in ["connectionId", "domainName", "stage", "apiId", "routeKey", "requestId", "messageId"] {
        let mut event: Value = serde_json::from_slice(&whole).unwrap();
        event["requestContext"].as_object_mut().unwrap().remove(field);
        let parsed = Message::parse(event, &InvocationContext::default());
        assert!(parsed.is_err(), "without `{field}`");
    }
}

#[test]
fn an_authorizer_answers_with_a_policy_for_its_route() {
    let request =
        || testing::authorizer_request("Ada=").query("token", "t").header("Origin", "https://example.com").build();
    assert_eq!((request().query("token"), request().header("origin")), (Some("t"), Some("https://example.com")));
    let allowed = request().allow(&Session::new(claims(), FAR_FUTURE)).unwrap().into_payload().unwrap();
    let statement = &allowed["policyDocument"]["Statement"][0];
    assert_eq!((&statement["Effect"], &statement["Resource"]), (&json!("Allow"), &json!(request().method_arn())));
    assert!(allowed["context"]["session"].is_string());
    let denied = request().deny().into_payload().unwrap();
    assert_eq!(denied["policyDocument"]["Statement"][0]["Effect"], "Deny");
    assert_eq!(request().unauthorized(), AuthorizerResponse::Unauthorized);
}

#[test]
fn a_response_has_status_headers_and_body() {
    let response = Response::new(StatusCode::IM_A_TEAPOT).with_header("X-Pot", "short").with_body("and stout");
    let expected = json!({ "statusCode": 418, "headers": { "X-Pot": "short" }, "body": "and stout" });
    assert_eq!(response.into_payload().unwrap(), expected);
    assert_eq!(Response::ok().into_payload().unwrap(), json!({ "statusCode": 200 }));
    assert_eq!(Response::json(&[1, 2]).unwrap().body(), Some("[1,2]"));
}

async fn call<E: Event + 'static, A: Into<E::Answer> + 'static, F: Into<BoxError> + 'static>(
    payload: Value,
    handler: impl AsyncFn(&(), E) -> Result<A, F> + 'static,
) -> Result<Value, BoxError> {
    let payload = serde_json::from_value(payload).unwrap();
    service((), handler).call(LambdaEvent::new(payload, InvocationContext::default())).await
}

fn payload() -> Value {
    serde_json::from_str(include_str!("events/message.json")).unwrap()
}

#[derive(Debug, thiserror::Error)]
#[error("it is not your turn")]
struct NotYourTurn;

#[tokio::test]
async fn a_handler_fails_with_an_error_of_its_own() {
    let outcome = call(payload(), async |_: &(), _: Message| Err::<Response, _>(NotYourTurn)).await;
    assert_eq!(outcome.unwrap_err().to_string(), "it is not your turn");
    let outcome = call(payload(), async |_: &(), _: Message| Err::<Response, BoxError>("any words".into())).await;
    assert_eq!(outcome.unwrap_err().to_string(), "any words");
    let outcome =
        call(payload(), async |_: &(), message: Message| Ok::<_, Error>(Response::ok().with_body(message.body())));
    assert_eq!(outcome.await.unwrap()["statusCode"], 200);
}

#[tokio::test]
async fn a_handler_that_returns_nothing_answers_200() {
    let outcome = call(payload(), async |_: &(), _: Message| Ok::<(), Error>(())).await;
    assert_eq!(outcome.unwrap(), json!({ "statusCode": 200 }));
}

#[tokio::test]
async fn a_header_that_is_not_ascii_is_left_out_and_fails_no_handshake() {
    let mut event = payload();
    event["headers"] = json!({ "Cookie": "name=Zoë", "X-Plain": "1", "X-Line": "a\nb" });
    event["multiValueHeaders"] = json!({ "Cookie": ["name=Zoë"], "X-Plain": ["1"], "X-Line": ["a\nb"] });

    let outcome = call(event, async |_: &(), connect: Connect| {
        Ok::<_, Error>(Response::ok().with_body(format!(
            "{:?} {:?}",
            connect.header("x-plain"),
            connect.header("x-line")
        )))
    });

    assert_eq!(outcome.await.unwrap()["body"], r#"Some("1") None"#);
}

#[tokio::test]
async fn an_event_of_another_shape_is_an_error_without_its_content() {
    let mut event = payload();
    event["requestContext"]["connectedAt"] = json!("secret");
    let outcome = call(event, async |_: &(), _: Message| Ok::<(), Error>(())).await;
    assert_eq!(outcome.unwrap_err().to_string(), "the event has fields of another shape");
}

#[tokio::test]
async fn an_authorizer_that_knows_nobody_fails_with_the_word_that_api_gateway_answers_with_401() {
    let mut event = payload();
    event["methodArn"] = json!("arn:aws:execute-api:us-east-1:123456789012:abcdef1234/Prod/$connect");
    let outcome = call(event, async |_: &(), request: AuthorizerRequest| Ok::<_, Error>(request.unauthorized())).await;
    assert_eq!(outcome.unwrap_err().to_string(), "Unauthorized");
}

#[test]
fn a_header_in_two_spellings_is_read_alike_every_time() {
    let event = |headers: &str| {
        let payload = format!(
            r#"{{"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect","headers":{headers},"requestContext":{{"routeKey":"$connect","stage":"dev","connectionId":"SOqGjdZioAMCEeg=","apiId":"abcdef1234","requestId":"r","domainName":"abcdef1234.execute-api.us-east-1.amazonaws.com","connectedAt":1700000000000,"requestTimeEpoch":1700000000000,"identity":{{"sourceIp":"203.0.113.1"}}}}}}"#
        );
        let event = AuthorizerRequest::parse(serde_json::from_str(&payload).unwrap(), &InvocationContext::default());
        event.unwrap().protocols().next().map(str::to_owned)
    };
    let protocols: HashSet<_> = (0..40)
        .map(|_| event(r#"{"Sec-WebSocket-Protocol":"first","Host":"h","sec-websocket-protocol":"second"}"#))
        .collect();
    assert_eq!(protocols.len(), 1, "{protocols:?}");
}
