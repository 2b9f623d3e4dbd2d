//! The wire, outwards: what clients hear.

use serde::Serialize;

use crate::{Attributes, Id, Refusal, Time};

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
    fn the_code_of_an_error_is_a_number() {
        let frame = Frame::refusing("r", Refusal::ContentTooLong).to_json().unwrap();
        assert!(frame.starts_with(r#"{"Type":"ERROR","Id":""#), "{frame}");
        assert!(
            frame.ends_with(r#","RequestId":"r","ErrorCode":400,"ErrorMessage":"Message exceeds maximum length"}"#),
            "{frame}"
        );
    }
}
