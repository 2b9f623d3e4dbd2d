//! A gateway with one API in front of scripted functions, and what clients and callers do to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use local_core::events::{ConnectionEvent, Event, Reporter};
use local_core::faults::{Faults, Plan, Scope};
use local_gateway::signature::Verifier;
use local_gateway::tls::Tls;
use local_gateway::websocket_api::{self, IDLE_TIMEOUT, MAX_LIFETIME, WebSocketApiOptions};
use local_sam::{ApiKeys, Authorization, Authorizer, IdentitySource, Integration, Invocable, Route, WebSocketApi};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, Reply};
use crate::lambda::ScriptedLambda;

const DEADLINE: Duration = Duration::from_secs(20);

/// Fails the test if `future` takes too long.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("this should have happened by now")
}

pub(crate) struct World {
    pub(crate) lambda: ScriptedLambda,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) serving: JoinHandle<()>,
    events: Mutex<UnboundedReceiver<Event>>,
}

/// What a test may change before the gateway starts.
pub(crate) struct Setup {
    pub(crate) api: WebSocketApi,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_lifetime: Duration,
    pub(crate) tls: Option<Tls>,
    pub(crate) is_serial: bool,
    pub(crate) faults: Faults,
    reporter: Reporter,
}

impl Setup {
    pub(crate) fn route(&mut self, key: &str, function: &str) -> &mut Route {
        let integration = Integration::Lambda(invocable(function));
        let route =
            Route { integration, timeout: DEADLINE, returns_response: false, throttle: None, requires_api_key: false };
        self.api.routes.insert(key.to_owned(), route);
        self.api.routes.get_mut(key).unwrap()
    }

    /// Lets these things go wrong.
    pub(crate) fn plan(&mut self, faults: &str) {
        let plan = Plan::parse(&format!("{{seed: 1, faults: [{faults}]}}")).unwrap();
        let scope = Scope { functions: Some(&[]), tables: Some(&[]) };
        self.faults = plan.within(scope, self.reporter.clone()).unwrap();
    }

    /// Lets the function `authorizer` decide on handshakes.
    pub(crate) fn authorize(&mut self, identity_sources: Vec<IdentitySource>) {
        let authorizer = Authorizer { invocable: invocable("authorizer"), identity_sources };
        self.api.authorization = Authorization::Lambda(authorizer);
    }
}

impl World {
    /// The next event about a connection, without the others.
    pub(crate) async fn reported(&self) -> ConnectionEvent {
        let mut events = self.events.lock().await;
        loop {
            if let Event::Connection(event) = soon(events.recv()).await.unwrap() {
                return event;
            }
        }
    }

    /// Routes `$connect`, `$disconnect`, `$default` and `echo`, the latter with responses, at stage `dev`.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let lambda = ScriptedLambda::default();
        let api = WebSocketApi {
            logical_id: "Api".to_owned(),
            api_id: "abcdef1234".to_owned(),
            stage: "dev".to_owned(),
            route_selection_expression: "$request.body.action".to_owned(),
            routes: BTreeMap::new(),
            authorization: Authorization::None,
            api_keys: ApiKeys::default(),
            stage_variables: BTreeMap::new(),
            is_disabled: false,
        };
        let (sender, events) = unbounded_channel();
        let reporter = Reporter::to(move |event: &Event| drop(sender.send(event.clone())));
        let mut setup = Setup {
            api,
            idle_timeout: IDLE_TIMEOUT,
            max_lifetime: MAX_LIFETIME,
            tls: None,
            is_serial: false,
            faults: Faults::default(),
            reporter,
        };
        for (key, function) in [("$connect", "connect"), ("$disconnect", "disconnect"), ("$default", "default")] {
            setup.route(key, function);
        }
        setup.route("echo", "echo").returns_response = true;
        change(&mut setup);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let options = WebSocketApiOptions {
            domain_name: address.to_string(),
            tls: setup.tls,
            functions: Arc::new(lambda.clone()),
            verifier: Arc::new(Verifier::new(false, Reporter::default())),
            is_serial: setup.is_serial,
            idle_timeout: setup.idle_timeout,
            max_lifetime: setup.max_lifetime,
            faults: setup.faults,
            reporter: setup.reporter,
        };
        let serving = tokio::spawn(websocket_api::serve(listener, setup.api, options, shutdown.clone()));
        Self { lambda, address, shutdown, serving, events: Mutex::new(events) }
    }

    /// Opens a connection at the stage.
    pub(crate) async fn connect(&self) -> Client {
        self.try_connect("/dev", &[]).await.0
    }

    pub(crate) async fn try_connect(&self, path: &str, headers: &[(&'static str, &str)]) -> (Client, Response) {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (socket, response) = soon(client_async(request, stream)).await.unwrap();
        (Client { socket }, response)
    }

    /// Opens a connection and learns its id from the `$connect` event.
    pub(crate) async fn connect_with_id(&self) -> (Client, String) {
        let client = self.connect().await;
        let event = self.lambda.event_of("connect").await;
        (client, connection_id(&event))
    }

    /// Opens a connection with `name` in its query, and learns its id.
    pub(crate) async fn connect_as(&self, name: &str) -> (Client, String) {
        let client = self.try_connect(&format!("/dev?name={name}"), &[]).await.0;
        let event = self.lambda.event_of("connect").await;
        (client, connection_id(&event))
    }

    /// Another connection comes and goes: its `$disconnect` is the next one, unless somebody else has one too many.
    pub(crate) async fn assert_no_more_disconnects(&self) {
        while self.lambda.take("connect").is_some() {}
        let (client, id) = self.connect_with_id().await;
        drop(client);
        assert_eq!(connection_id(&self.lambda.event_of("disconnect").await), id);
    }

    /// Another connection sends a message: it is the next that `default` gets, unless it got what it should not.
    pub(crate) async fn assert_no_more_messages(&self) {
        self.connect().await.send("the next").await;
        assert_eq!(self.lambda.event_of("default").await["body"], "the next");
    }

    /// The headers that sign a handshake at `path` by the access key `key`.
    pub(crate) fn signed_handshake(&self, key: &str, path: &str) -> Vec<(String, String)> {
        sign_headers(key, "GET", &format!("http://{}{path}", self.address), b"")
    }

    /// `path` with a query that signs a handshake for five minutes.
    pub(crate) fn presigned(&self, key: &str, path: &str) -> String {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(300));
        let mut url: reqwest::Url = format!("http://{}{path}", self.address).parse().unwrap();
        let instructions = instructions(key, settings, "GET", url.clone().as_str(), b"");
        url.query_pairs_mut().extend_pairs(instructions.params());
        format!("{}?{}", url.path(), url.query().unwrap())
    }

    /// Sends a handshake that is expected to be refused.
    pub(crate) async fn knock(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            self.address
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        self.send_raw(&(request + "\r\n")).await
    }

    /// Sends bytes and reads the head and the body of the answer.
    pub(crate) async fn send_raw(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        soon(Reply::read(&mut stream)).await
    }

    /// A signed `@connections` call.
    pub(crate) async fn call(&self, method: &str, connection_id: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.call_signed_by("local", method, connection_id, body).await
    }

    /// An `@connections` call that is signed by the access key `key`, whose secret is the same word.
    pub(crate) async fn call_signed_by(
        &self,
        key: &str,
        method: &str,
        connection_id: &str,
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&self.signed_call(key, method, connection_id, &body.into())).await.unwrap();
        soon(Reply::read(&mut stream)).await
    }

    /// The bytes of such a call.
    pub(crate) fn signed_call(&self, key: &str, method: &str, connection_id: &str, body: &[u8]) -> Vec<u8> {
        let path = format!("/dev/@connections/{}", connection_id.replace('=', "%3D"));
        let url = format!("http://{}{path}", self.address);
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in sign_headers(key, method, &url, body) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        [request.as_bytes(), body].concat()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A function that API Gateway may invoke.
pub(crate) fn invocable(function: &str) -> Invocable {
    Invocable { function: function.into(), is_permitted: true }
}

pub(crate) fn connection_id(event: &Value) -> String {
    event["requestContext"]["connectionId"].as_str().unwrap().to_owned()
}

fn sign_headers(key: &str, method: &str, url: &str, body: &[u8]) -> Vec<(String, String)> {
    let instructions = instructions(key, SigningSettings::default(), method, url, body);
    instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn instructions(key: &str, settings: SigningSettings, method: &str, url: &str, body: &[u8]) -> SigningInstructions {
    let identity = Credentials::new(key, key, None, None, "test").into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("execute-api")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let request = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body)).unwrap();
    sign(request, &parameters).unwrap().into_parts().0
}
