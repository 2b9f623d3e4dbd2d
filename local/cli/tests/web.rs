//! The page's server through its socket, with an HTTP API behind it that believes signed requests only.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response as Answer};
use local_cli::web::{self, Site};
use local_core::events::Reporter;
use local_gateway::signature::Verifier;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_secs(10);

struct Page {
    address: String,
    client: reqwest::Client,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<()>,
    directory: TempDir,
}

/// Answers what it was asked, if the signature is right.
async fn answer_signed(request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    match Verifier::new(true, Reporter::default()).verify(&parts, &body) {
        Err(rejection) => (StatusCode::FORBIDDEN, rejection.message).into_response(),
        Ok(caller) => {
            let text = format!("{} {} {}", caller.access_key, parts.uri, String::from_utf8(body.into()).unwrap());
            (StatusCode::IM_A_TEAPOT, [("x-amzn-errortype", "Tea"), ("set-cookie", "a=b")], text).into_response()
        }
    }
}

async fn open() -> Page {
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", api.local_addr().unwrap());
    tokio::spawn(axum::serve(api, Router::new().fallback(answer_signed)).into_future());
    let directory = tempfile::tempdir().unwrap();
    let site_directory = directory.path().join("site");
    std::fs::create_dir(&site_directory).unwrap();
    std::fs::write(site_directory.join("index.html"), "<h1>page</h1>").unwrap();
    std::fs::write(directory.path().join("secret.txt"), "secret").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let shutdown = CancellationToken::new();
    let site = Site {
        directory: site_directory,
        authority: address.clone(),
        stack: json!({"httpApis": ["Api"]}),
        http_apis: BTreeMap::from([("Api".to_owned(), api_url), ("Gone".to_owned(), "http://127.0.0.1:1".to_owned())]),
    };
    let served = tokio::spawn(web::serve(listener, site, Reporter::default(), shutdown.clone()));
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
    Page { address, client, shutdown, served, directory }
}

impl Page {
    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("http://{}{path}", self.address)).send().await.unwrap()
    }

    /// A call as the page's own script makes it.
    fn call(&self, path: &str) -> RequestBuilder {
        self.client
            .post(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .header("origin", format!("http://{}", self.address))
            .header("sec-fetch-site", "same-origin")
            .body("{}")
    }
}

async fn message(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_directory_is_served_with_protective_headers() {
    let page = open().await;
    let response = page.get("/").await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/html");
    assert_eq!(headers["cache-control"], "no-cache");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && policy.contains("connect-src 'self' ws: wss:"), "{policy}");
    assert_eq!(response.text().await.unwrap(), "<h1>page</h1>");
    assert_eq!(page.get("/missing.js").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_outside_the_directory_is_served() {
    let page = open().await;
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt", "/a/../../secret.txt"] {
        let mut stream = TcpStream::connect(&page.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", page.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(DEADLINE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_missing_directory_is_told_in_a_sentence() {
    let page = open().await;
    std::fs::remove_dir_all(page.directory.path().join("site")).unwrap();
    let response = page.get("/").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.text().await.unwrap().contains("does not exist"));
    assert_eq!(page.get("/stack.json").await.json::<Value>().await.unwrap(), json!({"httpApis": ["Api"]}));
}

#[tokio::test]
async fn the_pages_call_arrives_signed_and_its_answer_comes_back() {
    let page = open().await;
    let response =
        page.call("/http-apis/Api/tags/arn%3Aaws%2Fx?a=1&a=%20").body(r#"{"name":"x"}"#).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(response.headers()["x-amzn-errortype"], "Tea");
    assert!(!response.headers().contains_key("set-cookie"));
    assert_eq!(response.text().await.unwrap(), r#"local /tags/arn%3Aaws%2Fx?a=1&a=%20 {"name":"x"}"#);
    let without_browser = page.client.post(format!("http://{}/http-apis/Api/", page.address)).json(&json!({}));
    assert_eq!(without_browser.send().await.unwrap().status(), StatusCode::IM_A_TEAPOT);
}

#[tokio::test]
async fn calls_from_elsewhere_are_refused() {
    let page = open().await;
    for (header, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
        ("content-type", "text/plain"),
    ] {
        let mut request = page.call("/http-apis/Api/x").build().unwrap();
        request.headers_mut().insert(header, value.parse().unwrap());
        let (status, message) = message(page.client.execute(request).await.unwrap()).await;
        assert_eq!(status, 403, "{header}: {value}");
        assert!(message.contains("only the stack's own") || message.contains("content type"), "{message}");
    }
}

#[tokio::test]
async fn a_preflight_gets_no_permission() {
    let page = open().await;
    let url = format!("http://{}/http-apis/Api/x", page.address);
    let request = page.client.request(Method::OPTIONS, url).header("origin", "http://evil.example");
    let response = request.header("access-control-request-method", "POST").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn an_unknown_api_is_not_found_and_the_known_are_named() {
    let page = open().await;
    let (status, text) = message(page.call("/http-apis/Other/x").send().await.unwrap()).await;
    assert_eq!((status, text.as_str()), (404, "no HTTP API has this name; those that exist: Api, Gone"));
    let (status, _text) = message(page.call("/http-apis/Gone/x").send().await.unwrap()).await;
    assert_eq!(status, 502);
}

#[tokio::test]
async fn cancelling_ends_the_server_soon() {
    let page = open().await;
    page.get("/").await;
    page.shutdown.cancel();
    tokio::time::timeout(DEADLINE, page.served).await.unwrap().unwrap();
}
