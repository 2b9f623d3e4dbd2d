//! The wire, outwards: what clients hear.

use serde::Serialize;

use crate::{Attributes, Id, Refusal, Time};

/// A frame from the service to a client, members in the order of the real service.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "Type")]
pub enum Frame {
    /// Somebody said something.
    #[serde(rename = "MESSAGE")]
    Message(Message),
    /// Something happened that is no message.
    #[serde(rename = "EVENT")]
    Event(Event),
    /// A request of this client was refused.
    #[serde(rename = "ERROR")]
    Error(Error),
    /// Nothing happened: the frame keeps a quiet connection open.
    #[serde(rename = "KEEPALIVE")]
    KeepAlive(KeepAlive),
}

/// What somebody said.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// The same for everybody who hears it.
    pub id: Id,
    /// The sender's id for the request, or empty.
    pub request_id: String,
    /// What the sender attached; `null` if nothing.
    pub attributes: Option<Attributes>,
    /// The text.
    pub content: String,
    /// When the service received it.
    pub send_time: Time,
    /// Who said it.
    pub sender: Sender,
}

/// Who said something.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sender {
    /// The user of the sender's token.
    pub user_id: String,
    /// The attributes of the sender's token.
    pub attributes: Attributes,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// The same for everybody who hears it.
    pub id: Id,
    /// The id of the request that brought it about; empty if that came over HTTP.
    pub request_id: String,
    /// `aws:DELETE_MESSAGE`, `aws:DISCONNECT_USER`, or a name of the application's.
    pub event_name: String,
    /// What there is to know about it.
    pub attributes: Attributes,
    /// When the service received the request.
    pub send_time: Time,
}

/// Why a request was refused.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Error {
    id: Id,
    request_id: String,
    error_code: u16,
    error_message: String,
}

/// The JavaScript client of Amazon IVS Chat drops a frame of a type that it does not know, and without a word if it has heard its
/// id: that of this one is always the same.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeepAlive {
    id: Id,
}

impl Frame {
    /// The frame that nobody is meant to see.
    pub fn keep_alive() -> Self {
        Self::KeepAlive(KeepAlive { id: Id::of_keep_alive() })
    }

    /// The frame at which a client closes its connection and opens another with a new token: for one whose session is over, and
    /// for one that API Gateway is going to close. It answers no request.
    pub fn expired() -> Self {
        Self::refusing("", &Refusal::SessionOver)
    }

    /// The frame that tells a client why its request was refused.
    pub fn refusing(request_id: &str, refusal: &Refusal) -> Self {
        Self::Error(Error {
            id: Id::random(),
            request_id: request_id.to_owned(),
            error_code: refusal.code(),
            error_message: refusal.message(),
        })
    }

    /// The id that clients know it by.
    pub fn id(&self) -> &Id {
        match self {
            Self::Message(Message { id, .. })
            | Self::Event(Event { id, .. })
            | Self::Error(Error { id, .. })
            | Self::KeepAlive(KeepAlive { id }) => id,
        }
    }

    /// The text of the frame.
    ///
    /// # Errors
    /// A time in it lies beyond the year 9999.
    pub fn to_json(&self) -> Result<String, parlor::Error> {
        serde_json::to_string(self).map_err(parlor::Error::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_looks_like_one_of_the_real_service() {
        let frame = Frame::Message(Message {
            id: Id::random(),
            request_id: String::new(),
            attributes: None,
            content: "Hi".to_owned(),
            send_time: Time::from_milliseconds(1_669_969_280_754),
            sender: Sender { user_id: "ada".to_owned(), attributes: Attributes::default() },
        });
        let expected = format!(
            r#"{{"Type":"MESSAGE","Id":"{}","RequestId":"","Attributes":null,"Content":"Hi","SendTime":"2022-12-02T08:21:20.754Z","Sender":{{"UserId":"ada","Attributes":{{}}}}}}"#,
            frame.id()
        );
        assert_eq!(frame.to_json().unwrap(), expected);
    }

    #[test]
    fn what_keeps_a_connection_open_is_always_the_same() {
        let frame = Frame::keep_alive().to_json().unwrap();
        assert_eq!(frame, r#"{"Type":"KEEPALIVE","Id":"KeepAlive001"}"#);
    }

    #[test]
    fn clients_find_the_word_and_the_code_by_which_they_connect_again() {
        let frame = Frame::expired().to_json().unwrap();
        let expected = r#""RequestId":"","ErrorCode":401,"ErrorMessage":"Session has expired"}"#;
        assert!(frame.ends_with(expected), "{frame}");
    }

    #[test]
    fn the_code_of_an_error_is_a_number() {
        let frame = Frame::refusing("r", &Refusal::ContentTooLong).to_json().unwrap();
        assert!(frame.starts_with(r#"{"Type":"ERROR","Id":""#), "{frame}");
        assert!(
            frame.ends_with(r#","RequestId":"r","ErrorCode":400,"ErrorMessage":"Message exceeds maximum length"}"#),
            "{frame}"
        );
    }
}
