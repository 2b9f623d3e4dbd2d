//! Facts of events that the conformance suite does not compare.

use local_sam::{Authorization, Authorizer};
use serde_json::json;

use crate::lambda::Answer;
use crate::world::{World, invocable};

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
async fn events_name_the_address_of_the_api_and_not_the_host_header() {
    let world = World::start().await;
    let (mut client, _) = world.try_connect("/dev", &[("Host", "elsewhere.example")]).await;
    client.send("hello").await;
    drop(client);
    let mut connected_at = None;
    for function in ["connect", "default", "disconnect"] {
        let context = &world.lambda.event_of(function).await["requestContext"];
        assert_eq!((&context["apiId"], &context["stage"]), (&json!("abcdef1234"), &json!("dev")));
        assert_eq!(context["domainName"], world.address.to_string());
        assert_eq!(context["identity"], json!({"sourceIp": "127.0.0.1"}));
        assert_eq!(context.get("authorizer"), None);
        let connected = context["connectedAt"].as_i64().unwrap();
        assert_eq!(*connected_at.get_or_insert(connected), connected);
        assert!(connected <= context["requestTimeEpoch"].as_i64().unwrap());
    }
}

#[tokio::test]
async fn an_authorizer_request_has_the_arn_of_the_method_and_an_empty_query() {
    let world = World::with(|setup| setup.authorize(Vec::new())).await;
    world.knock("/dev", &[]).await;
    let event = world.lambda.event_of("authorizer").await;
    assert_eq!(event["methodArn"], "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect");
    assert_eq!(event["queryStringParameters"], json!({}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({}));
    let identity = &event["requestContext"]["identity"];
    assert_eq!((&event["requestContext"]["apiId"], &identity["sourceIp"]), (&json!("abcdef1234"), &json!("127.0.0.1")));
}

#[tokio::test]
async fn the_context_of_an_authorizer_is_text_and_nulls_are_left_out() {
    let world = World::with(|setup| setup.authorize(Vec::new())).await;
    let statement = json!({"Action": "*", "Effect": "Allow", "Resource": "*"});
    let context = json!({"number": 1.5, "flag": true, "text": "t", "nothing": null});
    let answer = json!({"principalId": "me", "policyDocument": {"Statement": statement}, "context": context});
    world.lambda.script("authorizer", Answer::json(answer));

    let mut client = world.connect().await;
    client.send("hello").await;
    drop(client);

    let expected = json!({"number": "1.5", "flag": "true", "text": "t", "principalId": "me"});
    for function in ["connect", "default", "disconnect"] {
        assert_eq!(world.lambda.event_of(function).await["requestContext"]["authorizer"], expected);
    }
}
