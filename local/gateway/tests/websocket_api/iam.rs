//! Handshakes with an API that asks for signatures, and callers without permission.

use local_sam::Authorization;
use serde_json::json;

use crate::world::World;

async fn world() -> World {
    World::with(|setup| setup.api.authorization = Authorization::Iam).await
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn every_event_names_who_signed_the_handshake() {
    let world = world().await;
    let (mut client, _) = world.try_connect(&world.presigned("local", "/dev?room=a%20b"), &[]).await;
    client.send("hello").await;
    let connect = world.lambda.event_of("connect").await;
    assert_eq!(connect["queryStringParameters"]["room"], "a b");
    let expected = json!({
        "sourceIp": "127.0.0.1",
        "accountId": "123456789012",
        "accessKey": "local",
        "caller": "local",
        "user": "local",
        "userArn": "arn:aws:iam::123456789012:user/local",
    });
    for event in [connect, world.lambda.event_of("default").await] {
        assert_eq!(event["requestContext"]["identity"], expected);
    }
}

#[tokio::test]
async fn a_handshake_needs_a_signature_of_its_own_path_and_query() {
    let world = world().await;
    assert_eq!(world.knock("/dev", &[]).await.status, 403);

    let elsewhere = world.signed_handshake("local", "/dev?other");
    let changed = world.knock("/dev", &borrowed(&elsewhere)).await;
    assert_eq!((changed.status, changed.header("x-amzn-errortype")), (403, Some("InvalidSignatureException")));

    let presigned = world.presigned("local", "/dev");
    let changed = world.knock(&format!("{presigned}&room=other"), &[]).await;
    assert_eq!((changed.status, changed.header("x-amzn-errortype")), (403, Some("InvalidSignatureException")));
    assert!(world.lambda.take("connect").is_none());
}

#[tokio::test]
async fn a_user_without_permission_may_neither_connect_nor_call() {
    let world = world().await;
    let handshake = world.knock("/dev", &borrowed(&world.signed_handshake("denied", "/dev"))).await;
    assert_eq!(handshake.header("x-amzn-errortype"), Some("AccessDeniedException"));
    let call = world.call_signed_by("denied", "POST", "SOqGjdZioAMCEeg=", "hello").await;
    for (denied, action, resource) in
        [(handshake, "Invoke", "$connect"), (call, "ManageConnections", "POST/@connections/{connectionId}")]
    {
        let expected = format!(
            "User: arn:aws:iam::123456789012:user/denied is not authorized to perform: execute-api:{action} on \
             resource: arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/{resource}"
        );
        assert_eq!((denied.status, denied.json()), (403, json!({"Message": expected})));
    }
}
