//! The wire, inwards: what clients say.

use serde_json::{Map, Value};

use crate::attributes::AttributesError;
use crate::room::{MAX_MESSAGE_LENGTH, fits};
use crate::{Attributes, Capability, Id, Refusal};

/// Longest reason, in characters (`Reason` of the ivschat model: 1 to 256).
pub(crate) const MAX_REASON_LENGTH: usize = 256;
/// Longest user id, in characters (`UserID` of the ivschat model: 1 to 128).
pub(crate) const MAX_USER_ID_LENGTH: usize = 128;

/// Longest request id, in bytes. It goes to everybody with the frame, and SDKs send 36: without a limit a short message
/// could cost each recipient 128 KB.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// A client's frame, read as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The client's own id for it, echoed in whatever answers it; empty if there is none.
    pub request_id: String,
    /// What the client wants, or why that cannot be told.
    pub action: Result<Action, Refusal>,
}

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Say something to everybody in the room.
    SendMessage(SendMessage),
    /// Tell everybody in the room to remove a message.
    DeleteMessage(DeleteMessage),
    /// Close all connections of a user in the room.
    DisconnectUser(DisconnectUser),
}

/// `SEND_MESSAGE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    /// The text, of 1 to 500 characters. A room may allow less.
    pub content: String,
    /// Whatever the client wants to go with it.
    pub attributes: Option<Attributes>,
}

/// `DELETE_MESSAGE`, and the operation `DeleteMessage`. Nothing is stored, so any id will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMessage {
    /// The message or event to remove.
    pub id: Id,
    /// Why, for everybody to read.
    pub reason: Option<String>,
}

/// `DISCONNECT_USER`, and the operation `DisconnectUser`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisconnectUser {
    /// Whose connections. Nobody minds if there are none.
    pub user_id: String,
    /// Why, for everybody to read.
    pub reason: Option<String>,
}

impl Action {
    /// What a token must allow for this.
    pub const fn capability(&self) -> Capability {
        match self {
            Self::SendMessage(_) => Capability::SendMessage,
            Self::DeleteMessage(_) => Capability::DeleteMessage,
            Self::DisconnectUser(_) => Capability::DisconnectUser,
        }
    }
}

impl Request {
    /// Reads a frame. Whatever the bytes are, the answer can name the request.
    pub fn parse(frame: &str) -> Self {
        let Ok(Value::Object(object)) = serde_json::from_str(frame) else {
            return Self { request_id: String::new(), action: Err(Refusal::NotAnObject) };
        };
        let fields = Fields(object);
        match fields.optional_text("RequestId") {
            Ok(Some(long)) if long.len() > MAX_REQUEST_ID_BYTES => {
                Self { request_id: String::new(), action: Err(Refusal::RequestIdTooLong) }
            }
            Ok(request_id) => Self { request_id: request_id.unwrap_or_default(), action: fields.action() },
            Err(refusal) => Self { request_id: String::new(), action: Err(refusal) },
        }
    }
}

/// The members of a frame. Clients of the real service write their names in any case.
struct Fields(Map<String, Value>);

impl Fields {
    fn action(&self) -> Result<Action, Refusal> {
        match self.text("Action")?.as_str() {
            "SEND_MESSAGE" => Ok(Action::SendMessage(self.send_message()?)),
            "DELETE_MESSAGE" => Ok(Action::DeleteMessage(self.delete_message()?)),
            "DISCONNECT_USER" => Ok(Action::DisconnectUser(self.disconnect_user()?)),
            _ => Err(Refusal::UnknownAction),
        }
    }

    fn send_message(&self) -> Result<SendMessage, Refusal> {
        let content = self.text("Content")?;
        if content.is_empty() {
            return Err(Refusal::EmptyContent);
        }
        if !fits(&content, MAX_MESSAGE_LENGTH) {
            return Err(Refusal::ContentTooLong);
        }
        Ok(SendMessage { content, attributes: self.attributes()? })
    }

    fn delete_message(&self) -> Result<DeleteMessage, Refusal> {
        let id = Id::parse(&self.text("Id")?).ok_or(Refusal::NoId)?;
        Ok(DeleteMessage { id, reason: self.limited("Reason", MAX_REASON_LENGTH)? })
    }

    fn disconnect_user(&self) -> Result<DisconnectUser, Refusal> {
        let user_id = self.limited("UserId", MAX_USER_ID_LENGTH)?.ok_or(Refusal::Missing("UserId"))?;
        Ok(DisconnectUser { user_id, reason: self.limited("Reason", MAX_REASON_LENGTH)? })
    }

    /// A text of 1 to `longest` characters.
    fn limited(&self, name: &'static str, longest: usize) -> Result<Option<String>, Refusal> {
        let text = self.optional_text(name)?;
        let fits = |text: &String| (1..=longest).contains(&text.chars().count());
        if text.as_ref().is_none_or(fits) { Ok(text) } else { Err(Refusal::WrongLength { field: name, longest }) }
    }

    fn attributes(&self) -> Result<Option<Attributes>, Refusal> {
        let Some(value) = self.get("Attributes") else { return Ok(None) };
        match Attributes::parse(value) {
            Ok(attributes) => Ok(Some(attributes)),
            Err(AttributesError::NotStrings) => Err(Refusal::WrongType("Attributes")),
            Err(AttributesError::TooLarge) => Err(Refusal::AttributesTooLarge),
        }
    }

    fn text(&self, name: &'static str) -> Result<String, Refusal> {
        self.optional_text(name)?.ok_or(Refusal::Missing(name))
    }

    fn optional_text(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::WrongType(name)),
        }
    }

    /// A member that is `null` is absent.
    fn get(&self, name: &str) -> Option<&Value> {
        let exact = self.0.get(name);
        let any_case = || self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        exact.or_else(any_case).filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(content: &str) -> Result<Action, Refusal> {
        Ok(Action::SendMessage(SendMessage { content: content.to_owned(), attributes: None }))
    }

    #[test]
    fn frames_are_read_or_refused() {
        let table = [
            (r#"{"Action":"SEND_MESSAGE","RequestId":"r","Content":"hi"}"#, "r", send("hi")),
            (r#"{"action":"SEND_MESSAGE","content":"hi","attributes":null}"#, "", send("hi")),
            (r#"{"ACTION":"SEND_MESSAGE","requestid":"r","cOnTeNt":"hi"}"#, "r", send("hi")),
            (r#"{"Content":"a","content":"b","Action":"SEND_MESSAGE"}"#, "", send("a")),
            ("", "", Err(Refusal::NotAnObject)),
            ("hello", "", Err(Refusal::NotAnObject)),
            ("[1]", "", Err(Refusal::NotAnObject)),
            ("null", "", Err(Refusal::NotAnObject)),
            ("{}", "", Err(Refusal::Missing("Action"))),
            (r#"{"RequestId":"r"}"#, "r", Err(Refusal::Missing("Action"))),
            (r#"{"RequestId":"r","Action":1}"#, "r", Err(Refusal::WrongType("Action"))),
            (r#"{"RequestId":7,"Action":"SEND_MESSAGE"}"#, "", Err(Refusal::WrongType("RequestId"))),
            (r#"{"RequestId":"r","Action":"DANCE"}"#, "r", Err(Refusal::UnknownAction)),
            (r#"{"RequestId":"r","Action":"send_message"}"#, "r", Err(Refusal::UnknownAction)),
            (r#"{"RequestId":"r","Action":"SEND_MESSAGE"}"#, "r", Err(Refusal::Missing("Content"))),
            (
                r#"{"Action":"DELETE_MESSAGE","RequestId":"r","id":"VgNkEJgOVX9N","REASON":"rude"}"#,
                "r",
                Ok(Action::DeleteMessage(DeleteMessage {
                    id: Id::parse("VgNkEJgOVX9N").unwrap(),
                    reason: Some("rude".to_owned()),
                })),
            ),
            (
                r#"{"Action":"DISCONNECT_USER","userId":"Zoë"}"#,
                "",
                Ok(Action::DisconnectUser(DisconnectUser { user_id: "Zoë".to_owned(), reason: None })),
            ),
            (r#"{"Action":"DELETE_MESSAGE"}"#, "", Err(Refusal::Missing("Id"))),
            (r#"{"Action":"DELETE_MESSAGE","Id":"short"}"#, "", Err(Refusal::NoId)),
            (
                r#"{"Action":"DELETE_MESSAGE","Id":"VgNkEJgOVX9N","Reason":""}"#,
                "",
                Err(Refusal::WrongLength { field: "Reason", longest: 256 }),
            ),
            (r#"{"Action":"DISCONNECT_USER"}"#, "", Err(Refusal::Missing("UserId"))),
            (
                r#"{"Action":"DISCONNECT_USER","UserId":""}"#,
                "",
                Err(Refusal::WrongLength { field: "UserId", longest: 128 }),
            ),
            (r#"{"Action":"SEND_MESSAGE","Content":""}"#, "", Err(Refusal::EmptyContent)),
            (r#"{"Action":"SEND_MESSAGE","Content":["hi"]}"#, "", Err(Refusal::WrongType("Content"))),
            (
                r#"{"Action":"SEND_MESSAGE","Content":"hi","Attributes":{"n":1}}"#,
                "",
                Err(Refusal::WrongType("Attributes")),
            ),
        ];
        for (frame, request_id, action) in table {
            let request = Request { request_id: request_id.to_owned(), action };
            assert_eq!(Request::parse(frame), request, "for `{frame}`");
        }
    }

    #[test]
    fn a_request_id_is_echoed_up_to_its_limit() {
        let frame = |length: usize| format!(r#"{{"Action":"DANCE","RequestId":"{}"}}"#, "r".repeat(length));
        assert_eq!(Request::parse(&frame(128)).request_id.len(), 128);
        let too_long = Request { request_id: String::new(), action: Err(Refusal::RequestIdTooLong) };
        assert_eq!(Request::parse(&frame(129)), too_long);
    }

    #[test]
    fn a_frame_nested_without_end_is_refused() {
        let frame = format!("{}{}", r#"{"Action":"#.repeat(20_000), "}".repeat(20_000));
        assert_eq!(Request::parse(&frame).action, Err(Refusal::NotAnObject));
    }
}
