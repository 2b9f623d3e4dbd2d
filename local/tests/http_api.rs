//! An HTTP API through its socket, with a scripted Lambda behind it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use bytes::Bytes;
use http::{Request, StatusCode};
use local::http_api::{self, MAX_BODY_BYTES};
use local::lambda::LambdaClient;
use local::settings;
use local::signature::Verifier;
use local::template::{HttpApi, HttpRoute};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_secs(10);
const ROUTE_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP API whose functions answer what the test says.
struct Stack {
    url: String,
    client: reqwest::Client,
    events: mpsc::UnboundedReceiver<(String, Value)>,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<()>,
}

/// What the scripted functions answer.
#[derive(Clone)]
enum Script {
    Returns(String),
    Fails,
    Hangs,
}

fn returns(answer: Value) -> Script {
    Script::Returns(answer.to_string())
}

#[derive(Clone)]
struct Functions {
    script: Script,
    seen: mpsc::UnboundedSender<(String, Value)>,
}

async fn invoke(State(functions): State<Functions>, Path(name): Path<String>, event: Bytes) -> (HeaderMap, String) {
    functions
        .seen
        .send((name, serde_json::from_slice(&event).unwrap()))
        .unwrap();
    let mut headers = HeaderMap::new();
    let body = match functions.script {
        Script::Returns(answer) => answer,
        Script::Fails => {
            headers.insert("x-amz-function-error", "Unhandled".parse().unwrap());
            json!({"errorMessage": "boom", "errorType": "Error"}).to_string()
        }
        Script::Hangs => std::future::pending().await,
    };
    (headers, body)
}

fn route(key: &str, function: &str, requires_iam: bool) -> HttpRoute {
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    let method = (method != "ANY").then(|| method.parse().unwrap());
    let timeout = if function == "hanging" {
        Duration::from_millis(50)
    } else {
        ROUTE_TIMEOUT
    };
    HttpRoute {
        method,
        path: path.to_owned(),
        function: function.to_owned(),
        timeout,
        requires_iam,
    }
}

async fn start(script: Script) -> Stack {
    start_in_stage("$default", script).await
}

async fn start_in_stage(stage: &str, script: Script) -> Stack {
    let (seen, events) = mpsc::unbounded_channel();
    let lambda = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", lambda.local_addr().unwrap());
    let functions = Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(Functions { script, seen });
    tokio::spawn(axum::serve(lambda, functions).into_future());

    let api = HttpApi {
        logical_id: "Api".to_owned(),
        api_id: "abcdefghij".to_owned(),
        stage: stage.to_owned(),
        routes: vec![
            route("$default", "default", false),
            route("GET /pets/{id}", "pet", false),
            route("GET /pets/{rest+}", "pets", false),
            route("ANY /pets/{id}", "any-pet", false),
            route("GET /pets/dog", "dog", false),
            route("ANY /hang", "hanging", false),
            route("ANY /signed", "signed", true),
            route("ANY /signed/{resource+}", "signed", true),
        ],
        stage_variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let verifier = Arc::new(Verifier::new(true));
    let served = tokio::spawn(http_api::serve(
        listener,
        api,
        LambdaClient::new(endpoint),
        verifier,
        shutdown.clone(),
    ));
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
    Stack {
        url,
        client,
        events,
        shutdown,
        served,
    }
}

impl Stack {
    async fn get(&self, target: &str) -> Response {
        self.client.get(format!("{}{target}", self.url)).send().await.unwrap()
    }

    async fn send(&self, request: Request<Bytes>) -> Response {
        self.client.execute(request.try_into().unwrap()).await.unwrap()
    }

    /// The function that was called, and its event.
    async fn called(&mut self) -> (String, Value) {
        tokio::time::timeout(DEADLINE, self.events.recv())
            .await
            .unwrap()
            .unwrap()
    }

    fn was_not_called(&mut self) -> bool {
        self.events.try_recv().is_err()
    }

    /// What a socket answers to bytes that no well-behaved client sends.
    async fn send_raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://"))
            .await
            .unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        String::from_utf8(answer).unwrap()
    }

    fn request(&self, method: &str, target: &str, body: &'static str) -> Request<Bytes> {
        let builder = Request::builder().method(method).uri(format!("{}{target}", self.url));
        builder
            .header("content-type", "application/json")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    }
}

/// How a request is signed.
struct Signing {
    access_key: &'static str,
    secret_key: &'static str,
    region: &'static str,
    service: &'static str,
    time: SystemTime,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            access_key: settings::ACCESS_KEY,
            secret_key: settings::SECRET_KEY,
            region: settings::REGION,
            service: "execute-api",
            time: SystemTime::now(),
        }
    }
}

impl Signing {
    fn sign(self, mut request: Request<Bytes>) -> Request<Bytes> {
        let identity = Credentials::new(self.access_key, self.secret_key, None, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), request.uri().to_string(), headers, body);
        let (instructions, _signature) = sign(signable.unwrap(), &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

fn answered(status: u16) -> Script {
    returns(json!({"statusCode": status}))
}

async fn message(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

#[tokio::test]
async fn a_function_gets_the_whole_request() {
    let mut stack = start(answered(200)).await;
    let request = Request::post(format!("{}/a%20b/c?x=1&x=2&y=a+b%2B&flag", stack.url))
        .header("content-type", "application/json")
        .header("cookie", "session=1; theme=dark")
        .header("x-repeated", "one")
        .header("x-repeated", "two")
        .header("user-agent", "test");
    stack
        .send(request.body(Bytes::from_static(br#"{"text":"hello"}"#)).unwrap())
        .await;
    let (function, event) = stack.called().await;
    assert_eq!(function, "default");
    let address = stack.url.trim_start_matches("http://");
    let port = address.rsplit(':').next().unwrap();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["rawPath"], "/a b/c");
    assert_eq!(event["rawQueryString"], "x=1&x=2&y=a+b%2B&flag");
    assert_eq!(
        event["queryStringParameters"],
        json!({"x": "1,2", "y": "a b+", "flag": ""})
    );
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
    let milliseconds = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
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
        (
            "GET",
            "/pets/a/b%3Ac",
            "pets",
            "GET /pets/{rest+}",
            json!({"rest": "a/b:c"}),
        ),
        (
            "GET",
            "/pets/a%2Fb",
            "pets",
            "GET /pets/{rest+}",
            json!({"rest": "a/b"}),
        ),
        ("PUT", "/pets/a/b", "default", "$default", Value::Null),
    ] {
        stack.send(stack.request(method, target, "")).await;
        let (called, event) = stack.called().await;
        assert_eq!(
            (called.as_str(), event["routeKey"].as_str()),
            (function, Some(key)),
            "{method} {target}"
        );
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
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(encoded), &json!(is_base64)),
            "{content_type}"
        );
    }
    stack.get("/").await;
    assert_eq!(stack.called().await.1.get("body"), None);
}

#[tokio::test]
async fn a_signed_call_tells_the_function_who_called() {
    let mut stack = start(answered(200)).await;
    for target in [
        "/signed",
        "/signed/arn%3Aaws%3Ax%3A%3A1%3Aroom%2Fy",
        "/signed/@a/b=c?z=1&a=%20&a=",
    ] {
        let response = stack
            .send(Signing::default().sign(stack.request("POST", target, "{}")))
            .await;
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

#[tokio::test]
async fn a_call_that_aws_would_not_believe_is_forbidden() {
    let mut stack = start(answered(200)).await;
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 3600);
    let request = || stack.request("POST", "/signed", "{}");
    let mut changed = Signing::default().sign(request());
    *changed.body_mut() = Bytes::from_static(b"{\"more\":1}");
    let mut broken = request();
    broken
        .headers_mut()
        .insert("authorization", "AWS4-HMAC-SHA256 nonsense".parse().unwrap());
    for (what, request) in [
        ("unsigned", request()),
        ("broken", broken),
        ("changed", changed),
        (
            "wrong secret",
            Signing {
                secret_key: "other",
                ..Signing::default()
            }
            .sign(request()),
        ),
        (
            "wrong service",
            Signing {
                service: "sts",
                ..Signing::default()
            }
            .sign(request()),
        ),
        (
            "wrong region",
            Signing {
                region: "eu-west-1",
                ..Signing::default()
            }
            .sign(request()),
        ),
        (
            "expired",
            Signing {
                time: yesterday,
                ..Signing::default()
            }
            .sign(request()),
        ),
        (
            "unknown key",
            Signing {
                access_key: "AKIDEXAMPLE",
                ..Signing::default()
            }
            .sign(request()),
        ),
    ] {
        assert_eq!(
            message(stack.send(request).await).await,
            (403, json!({"message": "Forbidden"})),
            "{what}"
        );
    }
    assert!(stack.was_not_called());
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
    assert_eq!(
        headers.get_all("set-cookie").iter().collect::<Vec<_>>(),
        ["a=1", "b=2; HttpOnly"]
    );
    assert_eq!(headers["apigw-requestid"].len(), 16);
    assert_eq!(response.text().await.unwrap(), "<p>");
}

#[tokio::test]
async fn a_base64_body_is_decoded_and_a_missing_content_type_is_text() {
    let stack = start(returns(
        json!({"statusCode": 200, "body": "iVBORw==", "isBase64Encoded": true}),
    ))
    .await;
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
        assert_eq!(
            message(stack.get("/").await).await,
            (500, json!({"message": "Internal Server Error"}))
        );
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_unavailable() {
    let stack = start(Script::Hangs).await;
    assert_eq!(
        message(stack.get("/hang").await).await,
        (503, json!({"message": "Service Unavailable"}))
    );
}

#[tokio::test]
async fn a_body_beyond_ten_megabytes_is_too_large() {
    let mut stack = start(answered(200)).await;
    let post = |bytes: usize| {
        stack
            .client
            .post(&stack.url)
            .header("content-type", "text/plain")
            .body("a".repeat(bytes))
    };
    assert_eq!(post(MAX_BODY_BYTES).send().await.unwrap().status(), StatusCode::OK);
    stack.called().await;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        MAX_BODY_BYTES + 1
    );
    let answer = stack.send_raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.ends_with(r#"{"message":"Request Entity Too Large"}"#),
        "{answer}"
    );
    assert!(stack.was_not_called());
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_a_bad_request() {
    let stack = start(answered(200)).await;
    assert_eq!(
        message(stack.get("/percent%25done").await).await,
        (400, json!({"message": "Bad Request"}))
    );
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
