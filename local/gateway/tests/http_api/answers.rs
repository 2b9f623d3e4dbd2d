//! What callers get.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use local_gateway::http_api::MAX_BODY_BYTES;
use serde_json::json;

use crate::signing::Signing;
use crate::stack::{DEADLINE, Script, answered, message, returns, start};

#[tokio::test]
async fn a_call_that_aws_would_not_believe_is_forbidden() {
    let mut stack = start(answered(200)).await;
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 3600);
    let request = || stack.request("POST", "/signed", "{}");
    let mut changed = Signing::default().sign(request());
    *changed.body_mut() = Bytes::from_static(b"{\"more\":1}");
    let mut broken = request();
    broken.headers_mut().insert("authorization", "AWS4-HMAC-SHA256 nonsense".parse().unwrap());
    for (what, request) in [
        ("unsigned", request()),
        ("broken", broken),
        ("changed", changed),
        ("wrong secret", Signing { secret_key: "other", ..Signing::default() }.sign(request())),
        ("wrong service", Signing { service: "sts", ..Signing::default() }.sign(request())),
        ("wrong region", Signing { region: "eu-west-1", ..Signing::default() }.sign(request())),
        ("expired", Signing { time: yesterday, ..Signing::default() }.sign(request())),
        ("unknown key", Signing { access_key: "AKIDEXAMPLE", ..Signing::default() }.sign(request())),
    ] {
        assert_eq!(message(stack.send(request).await).await, (403, json!({"message": "Forbidden"})), "{what}");
    }
    assert!(stack.was_not_called());
}

#[tokio::test]
async fn a_web_page_reaches_no_signed_route() {
    let mut stack = start(answered(200)).await;
    for (header, value) in [
        ("origin", stack.url.as_str()),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
        ("host", "127.0.0.1:1"),
    ] {
        let mut request = stack.request("POST", "/signed", "{}");
        request.headers_mut().insert(header, value.parse().unwrap());
        let answer = stack.send(Signing::default().sign(request)).await;
        assert_eq!(message(answer).await, (403, json!({"message": "Forbidden"})), "{header}: {value}");
    }
    assert!(stack.was_not_called());
    let mut open_route = stack.request("POST", "/", "{}");
    open_route.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    assert_eq!(stack.send(open_route).await.status(), 200);
}

#[tokio::test]
async fn a_function_says_status_headers_cookies_and_body() {
    let stack = start(returns(json!({
        "statusCode": 201,
        "headers": {"Content-Type": "text/html", "X-Number": 7, "Content-Length": "9999", "X-Both": "single"},
        "multiValueHeaders": {"X-Both": ["multiple"]},
        "cookies": ["a=1", "b=2; HttpOnly"],
        "body": "<p>",
        "isBase64Encoded": false,
    })))
    .await;
    let response = stack.get("/").await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/html");
    assert_eq!(headers["x-number"], "7");
    assert_eq!(headers["x-both"], "single");
    assert_eq!(headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2; HttpOnly"]);
    assert_eq!(headers["apigw-requestid"].len(), 16);
    assert_eq!(response.text().await.unwrap(), "<p>");
}

#[tokio::test]
async fn a_base64_body_is_decoded_and_a_missing_content_type_is_text() {
    let stack = start(returns(json!({"statusCode": 200, "body": "iVBORw==", "isBase64Encoded": true}))).await;
    let response = stack.get("/").await;
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.bytes().await.unwrap(), &b"\x89PNG"[..]);
}

#[tokio::test]
async fn an_answer_without_a_status_is_the_body_of_a_200() {
    for answer in [r#"{"hello": "world"}"#, r#""text""#, "null", "[1]"] {
        let stack = start(Script::Returns(answer.to_owned())).await;
        let response = stack.get("/").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.text().await.unwrap(), answer);
    }
}

#[tokio::test]
async fn a_failed_function_or_a_malformed_answer_is_an_internal_server_error() {
    for script in [
        Script::Fails,
        returns(json!({"statusCode": "many"})),
        answered(99),
        answered(101),
        returns(json!({"statusCode": 200, "body": {"an": "object"}})),
        returns(json!({"statusCode": 200, "body": "§", "isBase64Encoded": true})),
        returns(json!({"statusCode": 200, "headers": {"x-split": "a\r\nb: c"}})),
    ] {
        let stack = start(script).await;
        assert_eq!(message(stack.get("/").await).await, (500, json!({"message": "Internal Server Error"})));
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_unavailable() {
    let mut stack = start(Script::Hangs).await;
    assert_eq!(message(stack.get("/hang?token=secret").await).await, (503, json!({"message": "Service Unavailable"})));

    let call = stack.reported().await;
    assert_eq!((call.method.as_str(), call.path.as_str(), call.function.as_deref()), ("GET", "/hang", Some("hanging")));
    assert_eq!((call.status, call.problem.as_deref()), (503, Some("no answer within the route's timeout")));
}

#[tokio::test]
async fn a_body_beyond_ten_megabytes_is_too_large() {
    let mut stack = start(answered(200)).await;
    let post =
        |bytes: usize| stack.client.post(&stack.url).header("content-type", "text/plain").body("a".repeat(bytes));
    assert_eq!(post(MAX_BODY_BYTES).send().await.unwrap().status(), StatusCode::OK);
    stack.called().await;
    let head =
        format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", MAX_BODY_BYTES + 1);
    let answer = stack.send_raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.ends_with(r#"{"message":"Request Entity Too Large"}"#), "{answer}");
    assert!(stack.was_not_called());
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_a_bad_request() {
    let stack = start(answered(200)).await;
    assert_eq!(message(stack.get("/percent%25done").await).await, (400, json!({"message": "Bad Request"})));
    assert!(stack.send_raw(b"nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn cancelling_ends_the_server_soon() {
    let stack = start(Script::Hangs).await;
    let waiting = tokio::spawn(stack.client.get(&stack.url).send());
    let mut stack = stack;
    stack.called().await;
    stack.shutdown.cancel();
    tokio::time::timeout(DEADLINE, stack.served).await.unwrap().unwrap();
    assert!(tokio::time::timeout(DEADLINE, waiting).await.unwrap().unwrap().is_err());
}
