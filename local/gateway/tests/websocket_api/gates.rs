//! What a template keeps clients out by: a missing permission, a throttle, an API key.

use std::collections::BTreeSet;

use local_sam::{ApiKeySource, ApiKeys, Authorization, Authorizer, Integration, Invocable, Throttle};
use serde_json::{Value, json};

use crate::lambda::Answer;
use crate::world::{World, connection_id};

fn forbidden_to_gateway(function: &str) -> Invocable {
    Invocable { function: function.into(), is_permitted: false }
}

#[tokio::test]
async fn a_function_without_permission_is_not_invoked() {
    let world = World::with(|setup| {
        setup.route("$connect", "connect").integration = Integration::Lambda(forbidden_to_gateway("connect"));
    })
    .await;
    assert_eq!(world.knock("/dev", &[]).await.status, 500);
    assert!(world.lambda.take("connect").is_none());

    let world = World::with(|setup| {
        setup.route("echo", "echo").integration = Integration::Lambda(forbidden_to_gateway("echo"));
    })
    .await;
    let mut client = world.connect().await;
    client.send(r#"{"action":"echo"}"#).await;
    let frame: Value = serde_json::from_str(&client.receive().await).unwrap();
    assert_eq!(frame["message"], "Internal server error");
    assert!(world.lambda.take("echo").is_none());

    let world = World::with(|setup| {
        let authorizer = Authorizer { invocable: forbidden_to_gateway("authorizer"), identity_sources: Vec::new() };
        setup.api.authorization = Authorization::Lambda(authorizer);
    })
    .await;
    assert_eq!(world.knock("/dev", &[]).await.status, 500);
}

#[tokio::test]
async fn a_throttled_handshake_is_too_many_requests() {
    let world = World::with(|setup| {
        setup.route("$connect", "connect").throttle = Some(Throttle { rate: 0.0, burst: 0 });
    })
    .await;
    let refused = world.knock("/dev", &[]).await;
    assert_eq!(refused.json()["message"], "Too Many Requests");
    assert_eq!(refused.header("x-amzn-errortype"), Some("LimitExceededException"));
}

#[tokio::test]
async fn a_throttled_message_is_answered_and_the_connection_stays() {
    let world = World::with(|setup| {
        // So slow that nothing is refilled while the test runs.
        setup.route("echo", "echo").throttle = Some(Throttle { rate: 0.001, burst: 1 });
    })
    .await;
    let mut client = world.connect().await;
    client.send(r#"{"action":"echo"}"#).await;
    world.lambda.event_of("echo").await;
    client.send(r#"{"action":"echo"}"#).await;
    let frame: Value = serde_json::from_str(&client.receive().await).unwrap();
    assert_eq!(frame["message"], "Too Many Requests");
    client.send("anything else").await;
    assert_eq!(world.lambda.event_of("default").await["body"], "anything else");
}

#[tokio::test]
async fn a_handshake_needs_one_of_the_api_keys() {
    let world = World::with(|setup| {
        setup.route("$connect", "connect").requires_api_key = true;
        let values = Some(BTreeSet::from(["good key".to_owned()]));
        setup.api.api_keys = ApiKeys { source: ApiKeySource::Header, values };
    })
    .await;
    for key in ["", "bad key"] {
        let refused = world.knock("/dev", &[("x-api-key", key)]).await;
        assert_eq!((refused.status, refused.json()), (403, json!({"message": "Forbidden"})));
    }
    assert_eq!(world.knock("/dev", &[("X-API-Key", "good key")]).await.status, 101);
    let event = world.lambda.event_of("connect").await;
    assert_eq!(event["requestContext"]["identity"]["apiKey"], "good key");
}

#[tokio::test]
async fn an_authorizer_may_give_the_api_key() {
    let world = World::with(|setup| {
        setup.authorize(Vec::new());
        setup.route("$connect", "connect").requires_api_key = true;
        setup.api.api_keys = ApiKeys { source: ApiKeySource::Authorizer, values: None };
    })
    .await;
    let allow = json!({"Action": "*", "Effect": "Allow", "Resource": "*"});
    let mut answer = json!({"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [allow]}});
    world.lambda.script("authorizer", Answer::json(answer.clone()));
    assert_eq!(world.knock("/dev", &[("x-api-key", "ignored")]).await.status, 403);
    answer["usageIdentifierKey"] = json!("any key");
    world.lambda.script("authorizer", Answer::json(answer));
    assert_eq!(world.knock("/dev", &[]).await.status, 101);
}

#[tokio::test]
async fn messages_are_handled_in_turn_on_request() {
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    let world = World::with(|setup| setup.is_serial = true).await;
    let gate = Arc::new(Semaphore::new(0));
    world.lambda.script("default", Answer::ok().after(&gate));
    let (mut one, id) = world.connect_with_id().await;
    let (mut other, _) = world.connect_with_id().await;
    for number in 0..50 {
        one.send(&number.to_string()).await;
    }
    // While the first message is held, no other of its connection starts; those of others do.
    assert_eq!(world.lambda.event_of("default").await["body"], "0");
    other.send("another's").await;
    let event = world.lambda.event_of("default").await;
    assert_ne!(connection_id(&event), id);
    gate.add_permits(51);
    for number in 1..50 {
        assert_eq!(world.lambda.event_of("default").await["body"], number.to_string());
    }
}
