//! The chat service as its clients see it.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::audience;
use crate::stack::Stack;

/// What is deployed.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Its functions.
pub(crate) const FUNCTIONS: [&str; 7] =
    ["authorizer", "connect", "control", "default", "disconnect", "fanout", "keepalive"];

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running chat service.
pub(crate) struct Chat {
    stack: Stack,
    http: reqwest::Client,
}

impl Chat {
    /// Starts it with its tables in the database at this URL.
    pub(crate) async fn start(database: &str) -> Self {
        let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
        let stack = Stack::start_with_functions(
            TEMPLATE,
            &FUNCTIONS,
            &["--dynamodb", database, "--web", web, "--parameter-overrides", "KeepaliveMinutes=0"],
        )
        .await;
        Self { stack, http: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }

    /// Makes a room: its ARN.
    pub(crate) async fn room(&self) -> String {
        self.call("CreateRoom", &json!({ "name": "lobby" }), "arn").await
    }

    /// What rows of connections have as their endpoint.
    pub(crate) fn endpoint(&self) -> String {
        let (authority, path) = self.stack.address();
        format!("http://{authority}{path}")
    }

    /// Makes a token for a user with a number.
    pub(crate) async fn token(&self, room: &str, number: usize, may_speak: bool) -> String {
        let user = audience::user(number, &self.endpoint());
        let capabilities = if may_speak { json!(["SEND_MESSAGE"]) } else { json!([]) };
        let request = json!({ "roomIdentifier": room, "userId": user, "capabilities": capabilities });
        self.call("CreateChatToken", &request, "token").await
    }

    /// Opens a connection with a token.
    pub(crate) async fn open(&self, token: &str) -> Socket {
        let (authority, path) = self.stack.address();
        let mut request = format!("ws://{authority}{path}").into_client_request().expect("a WebSocket URL");
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, token.parse().expect("tokens are ASCII"));
        let (socket, _answer) = connect_async(request).await.expect("a fresh token opens a connection");
        socket
    }

    /// Makes a token and opens a connection with it.
    pub(crate) async fn join(&self, room: &str, number: usize, may_speak: bool) -> Socket {
        self.open(&self.token(room, number, may_speak).await).await
    }

    /// Calls the control plane as the web page does, whose backend signs.
    async fn call(&self, operation: &str, request: &Value, wanted: &str) -> String {
        let url = format!("{}/http-apis/HttpApi/{operation}", self.stack.address_of("web"));
        let answer = self.http.post(url).json(request).send().await.expect("the web page's backend answers");
        let answer: Value = answer.json().await.expect("answers are JSON");
        answer[wanted].as_str().unwrap_or_else(|| panic!("{operation}: {answer}")).to_owned()
    }
}

pub(crate) async fn say(socket: &mut Socket, content: &str) {
    let request = json!({ "Action": "SEND_MESSAGE", "RequestId": "8fe65e61", "Content": content });
    socket.send(Message::text(request.to_string())).await.expect("an open connection takes a frame");
}

/// Waits for the next frame, which has this type.
pub(crate) async fn hear(socket: &mut Socket, frame_type: &str) {
    let message = socket.next().await.expect("the connection is open").expect("the gateway keeps to the protocol");
    let frame: Value = serde_json::from_str(message.to_text().expect("a text frame")).expect("frames are JSON");
    assert_eq!(frame["Type"], frame_type, "{frame}");
}

pub(crate) async fn close(mut socket: Socket) {
    socket.close(None).await.expect("an open connection can be closed");
    while socket.next().await.is_some() {}
}
