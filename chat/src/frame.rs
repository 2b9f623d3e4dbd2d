//! The wire, outwards: what clients hear.

use serde::Serialize;

use crate::{Attributes, DeleteMessage, DisconnectUser, Id, Refusal, Time};

/// A frame from the service to a client, members in the order of the real service.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "Type", rename_all_fields = "PascalCase")]
pub enum Frame {
    /// Somebody said something.
    #[serde(rename = "MESSAGE")]
    Message {
        /// The same for everybody who hears it.
        id: Id,
        /// The sender's id for the request, or empty.
        request_id: String,
        /// What the sender attached; `null` if nothing.
        attributes: Option<Attributes>,
        /// The text.
        content: String,
        /// When the service received it.
        send_time: Time,
        /// Who said it.
        sender: Sender,
    },
    /// Something happened that is no message.
    #[serde(rename = "EVENT")]
    Event {
        /// The same for everybody who hears it.
        id: Id,
        /// The id of the request that brought it about, or empty.
        request_id: String,
        /// `aws:DELETE_MESSAGE`, `aws:DISCONNECT_USER`, or a name of the application's.
        event_name: String,
        /// What there is to know about it.
        attributes: Attributes,
        /// When the service received the request.
        send_time: Time,
    },
    /// A request of this client was refused.
    #[serde(rename = "ERROR")]
    Error {
        /// Of this refusal alone.
        id: Id,
        /// The client's id for the request, or empty.
        request_id: String,
        /// Why, as a number.
        error_code: u16,
        /// Why, in words.
        error_message: String,
    },
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

impl Frame {
    /// The event that tells everybody to remove a message. Old clients look for `MessageID`, new ones for `MessageId`.
    pub(crate) fn message_deleted(request: DeleteMessage, request_id: String, at: Time) -> Self {
        let id = request.id.as_str();
        let reason = request.reason.unwrap_or_default();
        let attributes = [("MessageID", id), ("MessageId", id), ("Reason", &reason)];
        Self::event("aws:DELETE_MESSAGE", attributes.into_iter().collect(), request_id, at)
    }

    /// The event that tells everybody, the user among them, that a user is sent away.
    pub(crate) fn user_disconnected(request: DisconnectUser, request_id: String, at: Time) -> Self {
        let reason = request.reason.unwrap_or_default();
        let attributes = [("Reason", reason.as_str()), ("UserId", &request.user_id)];
        Self::event("aws:DISCONNECT_USER", attributes.into_iter().collect(), request_id, at)
    }

    /// An event of the application's own.
    pub(crate) fn event(name: &str, attributes: Attributes, request_id: String, at: Time) -> Self {
        Self::Event { id: Id::random(), request_id, event_name: name.to_owned(), attributes, send_time: at }
    }

    /// The id that everybody hears it by.
    pub fn id(&self) -> &Id {
        match self {
            Self::Message { id, .. } | Self::Event { id, .. } | Self::Error { id, .. } => id,
        }
    }

    /// The frame that tells a client why its request was refused.
    pub fn refusing(request_id: &str, refusal: Refusal) -> Self {
        Self::Error {
            id: Id::random(),
            request_id: request_id.to_owned(),
            error_code: refusal.code(),
            error_message: refusal.message(),
        }
    }

    /// The text of the frame.
    ///
    /// # Errors
    /// A time in it lies beyond the year 9999.
    pub fn to_json(&self) -> Result<String, shared::Error> {
        Ok(serde_json::to_string(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_looks_like_one_of_the_real_service() {
        let frame = Frame::Message {
            id: Id::random(),
            request_id: String::new(),
            attributes: None,
            content: "Hi".to_owned(),
            send_time: Time::from_milliseconds(1_669_969_280_754),
            sender: Sender { user_id: "ada".to_owned(), attributes: Attributes::default() },
        };
        let Frame::Message { id, .. } = &frame else { unreachable!() };
        let expected = format!(
            r#"{{"Type":"MESSAGE","Id":"{id}","RequestId":"","Attributes":null,"Content":"Hi","SendTime":"2022-12-02T08:21:20.754Z","Sender":{{"UserId":"ada","Attributes":{{}}}}}}"#
        );
        assert_eq!(frame.to_json().unwrap(), expected);
    }

    #[test]
    fn a_deletion_names_the_message_for_old_and_for_new_clients() {
        let request = DeleteMessage { id: Id::parse("VgNkEJgOVX9N").unwrap(), reason: None };
        let frame = Frame::message_deleted(request, "r".to_owned(), Time::from_seconds(1_669_969_280));
        let expected = format!(
            r#"{{"Type":"EVENT","Id":"{}","RequestId":"r","EventName":"aws:DELETE_MESSAGE","Attributes":{{"MessageID":"VgNkEJgOVX9N","MessageId":"VgNkEJgOVX9N","Reason":""}},"SendTime":"2022-12-02T08:21:20Z"}}"#,
            frame.id()
        );
        assert_eq!(frame.to_json().unwrap(), expected);
    }

    #[test]
    fn the_code_of_an_error_is_a_number() {
        let frame = Frame::refusing("r", Refusal::ContentTooLong).to_json().unwrap();
        assert!(frame.starts_with(r#"{"Type":"ERROR","Id":""#), "{frame}");
        assert!(
            frame.ends_with(r#","RequestId":"r","ErrorCode":400,"ErrorMessage":"Message exceeds maximum length"}"#),
            "{frame}"
        );
    }
}
