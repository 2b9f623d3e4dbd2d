//! What functions get.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, StatusCode};
use local_core::settings;
use serde_json::{Value, json};

use crate::signing::Signing;
use crate::stack::{DEADLINE, answered, message, start, start_in_stage};

#[tokio::test]
async fn a_function_gets_the_whole_request() {
    let mut stack = start(answered(200)).await;
    let request = Request::post(format!("{}/a%20b/c?x=1&x=2&y=a+b%2B&flag", stack.url))
        .header("content-type", "application/json")
        .header("cookie", "session=1; theme=dark")
        .header("x-repeated", "one")
        .header("x-repeated", "two")
        .header("user-agent", "test");
    stack.send(request.body(Bytes::from_static(br#"{"text":"hello"}"#)).unwrap()).await;
    let (function, event) = stack.called().await;
    assert_eq!(function, "default");
    let address = stack.url.trim_start_matches("http://");
    let port = address.rsplit(':').next().unwrap();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["rawPath"], "/a b/c");
    assert_eq!(event["rawQueryString"], "x=1&x=2&y=a+b%2B&flag");
    assert_eq!(event["queryStringParameters"], json!({"x": "1,2", "y": "a b+", "flag": ""}));
    assert_eq!(event["cookies"], json!(["session=1", "theme=dark"]));
    assert_eq!(event["body"], r#"{"text":"hello"}"#);
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["stageVariables"], json!({"color": "blue"}));
    assert_eq!(event.get("pathParameters"), None);
    let headers = &event["headers"];
    assert_eq!(headers["x-repeated"], "one,two");
    assert_eq!(headers["host"], address);
    assert_eq!(headers["content-length"], "16");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-port"], port);
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers.get("cookie"), None);
    let context = &event["requestContext"];
    assert_eq!(context["accountId"], settings::ACCOUNT_ID);
    assert_eq!(context["apiId"], "abcdefghij");
    assert_eq!(context["domainName"], address);
    assert_eq!(context["stage"], "$default");
    assert_eq!(context["routeKey"], "$default");
    assert_eq!(context.get("authorizer"), None);
    assert_eq!(context["requestId"].as_str().unwrap().len(), 16);
    let milliseconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    assert!(milliseconds.abs_diff(context["timeEpoch"].as_u64().unwrap().into()) < DEADLINE.as_millis());
    let time = context["time"].as_str().unwrap();
    assert!(time.len() == 26 && time.ends_with(" +0000"), "{time}");
    let http = json!({"method": "POST", "path": "/a b/c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"});
    assert_eq!(context["http"], http);
}

#[tokio::test]
async fn the_most_specific_route_is_called() {
    let mut stack = start(answered(200)).await;
    for (method, target, function, key, parameters) in [
        ("GET", "/pets/dog", "dog", "GET /pets/dog", Value::Null),
        ("GET", "/pets/cat", "pet", "GET /pets/{id}", json!({"id": "cat"})),
        ("PUT", "/pets/cat", "any-pet", "ANY /pets/{id}", json!({"id": "cat"})),
        ("GET", "/pets/a/b%3Ac", "pets", "GET /pets/{rest+}", json!({"rest": "a/b:c"})),
        ("GET", "/pets/a%2Fb", "pets", "GET /pets/{rest+}", json!({"rest": "a/b"})),
        ("PUT", "/pets/a/b", "default", "$default", Value::Null),
    ] {
        stack.send(stack.request(method, target, "")).await;
        let (called, event) = stack.called().await;
        assert_eq!((called.as_str(), event["routeKey"].as_str()), (function, Some(key)), "{method} {target}");
        assert_eq!(event["pathParameters"], parameters, "{method} {target}");
    }
}

#[tokio::test]
async fn a_named_stage_stands_first_in_every_path() {
    let mut stack = start_in_stage("dev", answered(200)).await;
    assert_eq!(stack.get("/dev/pets/dog").await.status(), StatusCode::OK);
    let (function, event) = stack.called().await;
    assert_eq!(function, "dog");
    assert_eq!(event["rawPath"], "/dev/pets/dog");
    assert_eq!(event["requestContext"]["stage"], "dev");
    let elsewhere = stack.get("/pets/dog").await;
    assert!(elsewhere.headers().contains_key("apigw-requestid"));
    assert_eq!(message(elsewhere).await, (404, json!({"message": "Not Found"})));
    assert!(stack.was_not_called());
}

#[tokio::test]
async fn bodies_that_are_no_text_arrive_in_base64() {
    let mut stack = start(answered(200)).await;
    for (content_type, body, encoded, is_base64) in [
        ("image/png", &b"\x89PNG"[..], "iVBORw==", true),
        ("application/x-www-form-urlencoded", b"a=b", "YT1i", true),
        ("application/json", b"\xff", "/w==", true),
        ("text/plain; charset=utf-8", "λ".as_bytes(), "λ", false),
        ("application/problem+json", b"{}", "{}", false),
    ] {
        let request = Request::post(format!("{}/", stack.url)).header("content-type", content_type);
        stack.send(request.body(Bytes::copy_from_slice(body)).unwrap()).await;
        let (_function, event) = stack.called().await;
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(encoded), &json!(is_base64)), "{content_type}");
    }
    stack.get("/").await;
    assert_eq!(stack.called().await.1.get("body"), None);
}

#[tokio::test]
async fn a_signed_call_tells_the_function_who_called() {
    let mut stack = start(answered(200)).await;
    for target in ["/signed", "/signed/arn%3Aaws%3Ax%3A%3A1%3Aroom%2Fy", "/signed/@a/b=c?z=1&a=%20&a="] {
        let response = stack.send(Signing::default().sign(stack.request("POST", target, "{}"))).await;
        assert_eq!(response.status(), StatusCode::OK, "{target}");
        let (_function, event) = stack.called().await;
        let account = settings::ACCOUNT_ID;
        let iam = json!({
            "accessKey": "local", "accountId": account, "callerId": "local", "cognitoIdentity": null,
            "principalOrgId": null, "userArn": format!("arn:aws:iam::{account}:user/local"), "userId": "local",
        });
        assert_eq!(event["requestContext"]["authorizer"], json!({ "iam": iam }));
    }
}
