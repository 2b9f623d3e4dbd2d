//! The event of payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::routes::Found;
use crate::signature::Caller;
use local_core::http_server::Peer;
use local_core::settings;
use local_sam::HttpApi;

/// Everything that an event tells a function about a request.
pub(super) struct Received<'a> {
    pub(super) api: &'a HttpApi,
    pub(super) domain_name: &'a str,
    pub(super) found: &'a Found<'a>,
    pub(super) parts: &'a Parts,
    pub(super) raw_path: &'a str,
    pub(super) body: &'a [u8],
    /// Who signed, on a route that asks for it.
    pub(super) caller: Option<&'a Caller>,
    pub(super) peer: Option<Peer>,
    pub(super) port: u16,
    pub(super) request_id: &'a str,
}

impl Received<'_> {
    /// The event. Maps, cookies and body are left out where the request has none, as AWS does.
    pub(super) fn event(&self) -> Value {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut event = Map::new();
        event.insert("version".to_owned(), "2.0".into());
        event.insert("routeKey".to_owned(), self.found.route_key().into());
        event.insert("rawPath".to_owned(), self.raw_path.into());
        event.insert("rawQueryString".to_owned(), query.into());
        insert_filled(&mut event, "cookies", json!(cookies(&self.parts.headers)));
        event.insert("headers".to_owned(), json!(self.headers()));
        insert_filled(&mut event, "queryStringParameters", json!(query_parameters(query)));
        event.insert("requestContext".to_owned(), self.request_context());
        insert_filled(&mut event, "pathParameters", json!(self.found.path_parameters));
        insert_filled(&mut event, "stageVariables", json!(self.api.stage_variables));
        let text = text_body(&self.parts.headers, self.body);
        event.insert("isBase64Encoded".to_owned(), text.is_none().into());
        let body = text.map_or_else(|| STANDARD.encode(self.body), str::to_owned);
        insert_filled(&mut event, "body", json!(body));
        Value::Object(event)
    }

    fn request_context(&self) -> Value {
        let now = Timestamp::now();
        let mut context = json!({
            "accountId": settings::ACCOUNT_ID,
            "apiId": self.api.api_id,
            "domainName": self.domain_name,
            "domainPrefix": self.api.api_id,
            "http": {
                "method": self.parts.method.as_str(),
                "path": self.raw_path,
                "protocol": format!("{:?}", self.parts.version),
                "sourceIp": self.source_ip(),
                "userAgent": joined(&self.parts.headers, "user-agent"),
            },
            "requestId": self.request_id,
            "routeKey": self.found.route_key(),
            "stage": self.api.stage,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        });
        if let Some(caller) = self.caller {
            context["authorizer"] = json!({ "iam": iam(caller) });
        }
        context
    }

    fn source_ip(&self) -> String {
        self.peer.map(|Peer(address)| address.ip().to_canonical().to_string()).unwrap_or_default()
    }

    /// Lower-case names, repeated headers joined, cookies apart, and what API Gateway adds.
    fn headers(&self) -> BTreeMap<String, String> {
        let names = self.parts.headers.keys().filter(|name| *name != http::header::COOKIE);
        let mut headers: BTreeMap<String, String> =
            names.map(|name| (name.to_string(), joined(&self.parts.headers, name.as_str()))).collect();
        headers.entry("content-length".to_owned()).or_insert_with(|| self.body.len().to_string());
        headers.insert("x-forwarded-for".to_owned(), self.source_ip());
        headers.insert("x-forwarded-port".to_owned(), self.port.to_string());
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        headers.entry("x-amzn-trace-id".to_owned()).or_insert_with(trace_id);
        headers
    }
}

fn insert_filled(event: &mut Map<String, Value>, name: &str, value: Value) {
    let is_empty = match &value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if !is_empty {
        event.insert(name.to_owned(), value);
    }
}

fn iam(caller: &Caller) -> Value {
    let (access_key, account) = (&caller.access_key, settings::ACCOUNT_ID);
    json!({
        "accessKey": access_key,
        "accountId": account,
        "callerId": access_key,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": caller.user_arn(),
        "userId": access_key,
    })
}

fn joined(headers: &HeaderMap, name: &str) -> String {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    values.join(",")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(http::header::COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let cookies = values.flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>());
    cookies.filter(|cookie| !cookie.is_empty()).collect()
}

/// Decoded, the values of a repeated name joined with commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// The body where it travels as text: AWS goes by the content type, and forms for one are binary to it.
fn text_body<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a str> {
    let content_type = headers.get(http::header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let content_type = content_type.unwrap_or(Cow::Borrowed("text/plain")).to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_text = essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(essence, "application/json" | "application/javascript" | "application/xml");
    if !is_text && !body.is_empty() {
        return None;
    }
    std::str::from_utf8(body).ok()
}

/// Such as `Root=1-6a5145a9-1bae89e2512ec92d5d9438a0`.
fn trace_id() -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    format!("Root=1-{:08x}-{}", Timestamp::now().as_second(), &unique[..24])
}
