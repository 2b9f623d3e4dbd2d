//! Handshakes with an API that asks for signatures, and callers without permission.

use local_sam::Authorization;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::Reply;
use crate::world::{World, soon};

async fn world() -> World {
    World::with(|setup| setup.api.authorization = Authorization::Iam).await
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_signed_handshake_tells_who_connects() {
    let world = world().await;
    let headers = world.signed_handshake("local", "/dev");
    assert_eq!(world.knock("/dev", &borrowed(&headers)).await.status, 101);
    let event = world.lambda.event_of("connect").await;
    let expected = json!({
        "sourceIp": "127.0.0.1",
        "accountId": "123456789012",
        "accessKey": "local",
        "caller": "local",
        "user": "local",
        "userArn": "arn:aws:iam::123456789012:user/local",
    });
    assert_eq!(event["requestContext"]["identity"], expected);
}

#[tokio::test]
async fn a_presigned_url_opens_a_connection_whose_messages_tell_who_sent_them() {
    let world = world().await;
    let (mut client, _) = world.try_connect(&world.presigned("local", "/dev?room=a%20b"), &[]).await;
    let connect = world.lambda.event_of("connect").await;
    assert_eq!(connect["queryStringParameters"]["room"], "a b");
    client.send("hello").await;
    let message = world.lambda.event_of("default").await;
    assert_eq!(message["requestContext"]["identity"]["userArn"], "arn:aws:iam::123456789012:user/local");
}

#[tokio::test]
async fn a_handshake_that_is_not_believed_is_forbidden() {
    let world = world().await;
    let unsigned = world.knock("/dev", &[]).await;
    assert_eq!((unsigned.status, unsigned.body.as_str()), (403, r#"{"message":"Missing Authentication Token"}"#));
    assert_eq!(unsigned.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));

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
    let headers = world.signed_handshake("denied", "/dev");
    let refused = world.knock("/dev", &borrowed(&headers)).await;
    let expected = "User: arn:aws:iam::123456789012:user/denied is not authorized to perform: execute-api:Invoke on \
                    resource: arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/$connect";
    assert_eq!((refused.status, refused.json()), (403, json!({"Message": expected})));
    assert_eq!(refused.header("x-amzn-errortype"), Some("AccessDeniedException"));

    let call = world.call_signed_by("denied", "POST", "/dev/@connections/SOqGjdZioAMCEeg=", b"hello");
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(&call).await.unwrap();
    let refused = soon(Reply::read(&mut stream)).await;
    let expected = "User: arn:aws:iam::123456789012:user/denied is not authorized to perform: \
                    execute-api:ManageConnections on resource: \
                    arn:aws:execute-api:us-east-1:123456789012:abcdef1234/dev/POST/@connections/{connectionId}";
    assert_eq!((refused.status, refused.json()), (403, json!({"Message": expected})));
}
