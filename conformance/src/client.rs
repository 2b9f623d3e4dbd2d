//! An open WebSocket, with verbs.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use crate::instruction::{Outcome, Step};
use crate::shortfall::{Shortfall, Verdict};
use crate::wire::Stream;
use crate::world::PATIENCE;

/// Code and reason of a close frame; 1005 stands for a frame without a code (RFC 6455, section 7.1.5).
pub(crate) type Closed = (u16, String);

/// An open WebSocket. Dropping it drops the TCP connection.
pub(crate) struct Client {
    socket: WebSocketStream<Stream>,
}

/// An event as a function got it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) json: Value,
    /// As it was written: the order of its keys is here only.
    pub(crate) text: String,
}

impl Event {
    /// The value at a JSON pointer, or null.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// A text of `requestContext`, or an empty one.
    pub(crate) fn context(&self, field: &str) -> &str {
        self.json["requestContext"][field].as_str().unwrap_or_default()
    }

    pub(crate) fn is(&self, event_type: &str) -> bool {
        self.context("eventType") == event_type && self.json["type"].is_null()
    }
}

impl Client {
    pub(crate) async fn new(stream: Stream, rest: Vec<u8>) -> Self {
        Self { socket: WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await }
    }

    /// Sends a text message.
    pub(crate) async fn say(&mut self, text: &str) -> Verdict {
        self.send(Message::text(text)).await
    }

    /// Sends any message or frame.
    pub(crate) async fn send(&mut self, message: Message) -> Verdict {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Shortfall::new("a connection that takes a message", error)),
            Err(_) => Err(Shortfall::new("a connection that takes a message", format!("none within {PATIENCE:?}"))),
        }
    }

    /// Sends one text message in fragments.
    pub(crate) async fn say_in_fragments(&mut self, text: &str, bytes: usize) -> Verdict {
        let mut opcode = Data::Text;
        let mut fragments = text.as_bytes().chunks(bytes).peekable();
        while let Some(fragment) = fragments.next() {
            let is_last = fragments.peek().is_none();
            self.send(Message::Frame(Frame::message(fragment.to_vec(), OpCode::Data(opcode), is_last))).await?;
            opcode = Data::Continue;
        }
        Ok(())
    }

    /// Tells the function behind a route of `$request.body.action` what to do.
    pub(crate) async fn tell(&mut self, action: &str, steps: &[Step]) -> Verdict {
        self.say(&json!({ "action": action, "tell": steps }).to_string()).await
    }

    /// The next message, whatever it is, but for pings of the service.
    pub(crate) async fn next(&mut self) -> Verdict<Message> {
        self.next_within(PATIENCE).await
    }

    /// [`Self::next`] with another limit.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Verdict<Message> {
        let nothing = || Shortfall::new("a frame", format!("nothing within {patience:?}"));
        self.heard_within(patience).await?.ok_or_else(nothing)
    }

    /// What it hears until then, if anything.
    pub(crate) async fn heard_within(&mut self, patience: Duration) -> Verdict<Option<Message>> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_))) => {}
                    other => return other,
                }
            }
        };
        match timeout(patience, next).await {
            Ok(Some(Ok(message))) => Ok(Some(message)),
            Ok(Some(Err(error))) => Err(Shortfall::new("a frame", format!("a broken connection: {error}"))),
            Ok(None) => Err(Shortfall::new("a frame", "the end of the connection")),
            Err(_) => Ok(None),
        }
    }

    /// The next message, which is a text.
    pub(crate) async fn text(&mut self) -> Verdict<String> {
        self.text_within(PATIENCE).await
    }

    async fn text_within(&mut self, patience: Duration) -> Verdict<String> {
        match self.next_within(patience).await? {
            Message::Text(text) => Ok(text.as_str().to_owned()),
            other => Err(Shortfall::new("a text frame", describe(&other))),
        }
    }

    /// The next message, which is a report of an event.
    pub(crate) async fn event(&mut self) -> Verdict<Event> {
        self.event_within(PATIENCE).await
    }

    /// [`Self::event`] with another limit.
    pub(crate) async fn event_within(&mut self, patience: Duration) -> Verdict<Event> {
        let text = self.text_within(patience).await?;
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        match json.get("event") {
            Some(event) => Ok(Event { json: event.clone(), text }),
            None => Err(Shortfall::new("the report of an event", text)),
        }
    }

    /// The next message, which reports what a call of `@connections` came to.
    pub(crate) async fn outcome(&mut self) -> Verdict<Outcome> {
        let text = self.text().await?;
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        serde_json::from_value(json["outcome"].clone()).map_err(|_| Shortfall::new("the report of a call", text))
    }

    /// Its connection id, which the function tells it through the route of a message without an action, or of `action`.
    pub(crate) async fn id(&mut self, action: &str) -> Verdict<String> {
        self.tell(action, &[Step::Report]).await?;
        Ok(self.event().await?.context("connectionId").to_owned())
    }

    /// Waits for the service to close the connection, before any other message.
    pub(crate) async fn closed(&mut self) -> Verdict<Closed> {
        self.closed_within(PATIENCE).await
    }

    /// [`Self::closed`] with another limit.
    pub(crate) async fn closed_within(&mut self, patience: Duration) -> Verdict<Closed> {
        match self.next_within(patience).await? {
            Message::Close(frame) => Ok(closed(frame)),
            other => Err(Shortfall::new("a close frame", describe(&other))),
        }
    }

    /// Closes the connection, and waits for the service's close frame.
    pub(crate) async fn close(&mut self, frame: Option<CloseFrame>) -> Verdict<Closed> {
        self.send(Message::Close(frame)).await?;
        self.closed().await
    }
}

/// What a close frame says.
pub(crate) fn closed(frame: Option<CloseFrame>) -> Closed {
    frame.map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.as_str().to_owned()))
}

/// A message in words.
pub(crate) fn describe(message: &Message) -> String {
    match message {
        Message::Text(text) => format!("the text {}", text.as_str()),
        Message::Binary(bytes) => format!("a binary frame of {} bytes", bytes.len()),
        Message::Close(frame) => format!("a close frame {:?}", closed(frame.clone())),
        Message::Ping(_) => "a ping".to_owned(),
        Message::Pong(payload) => format!("a pong {payload:?}"),
        Message::Frame(_) => "a frame".to_owned(),
    }
}
