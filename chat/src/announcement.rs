//! What everybody in a room shall hear, and what shall happen after that. The same over WebSocket and over HTTP.

use crate::{Attributes, DeleteMessage, DisconnectUser, Event, Frame, Id, Message, Time};

/// A frame for a whole room.
#[derive(Debug)]
pub struct Announcement {
    /// The one frame for everybody.
    pub frame: Frame,
    /// The user whose connections are closed once they have heard it.
    pub sends_away: Option<String>,
}

impl From<Message> for Announcement {
    fn from(message: Message) -> Self {
        Self { frame: Frame::Message(message), sends_away: None }
    }
}

impl DeleteMessage {
    /// Tells everybody to remove a message. Old clients look for `MessageID`, new ones for `MessageId`.
    pub fn announce(self, request_id: String, at: Time) -> Announcement {
        let id = self.id.as_str();
        let reason = self.reason.as_deref().unwrap_or_default();
        let attributes = [("MessageID", id), ("MessageId", id), ("Reason", reason)].into_iter().collect();
        event("aws:DELETE_MESSAGE".to_owned(), attributes, request_id, at)
    }
}

impl DisconnectUser {
    /// Tells everybody, the user among them, that the user is sent away.
    pub fn announce(self, request_id: String, at: Time) -> Announcement {
        let reason = self.reason.as_deref().unwrap_or_default();
        let attributes = [("Reason", reason), ("UserId", &self.user_id)].into_iter().collect();
        let announcement = event("aws:DISCONNECT_USER".to_owned(), attributes, request_id, at);
        Announcement { sends_away: Some(self.user_id), ..announcement }
    }
}

/// An event of the application's own.
pub(crate) fn custom_event(event_name: String, attributes: Attributes) -> Announcement {
    event(event_name, attributes, String::new(), Time::now())
}

fn event(event_name: String, attributes: Attributes, request_id: String, send_time: Time) -> Announcement {
    let event = Event { id: Id::random(), request_id, event_name, attributes, send_time };
    Announcement { frame: Frame::Event(event), sends_away: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_names_the_message_for_old_and_for_new_clients() {
        let request = DeleteMessage { id: Id::parse("VgNkEJgOVX9N").unwrap(), reason: None };
        let frame = request.announce("r".to_owned(), Time::from_seconds(1_669_969_280)).frame;
        let expected = format!(
            r#"{{"Type":"EVENT","Id":"{}","RequestId":"r","EventName":"aws:DELETE_MESSAGE","Attributes":{{"MessageID":"VgNkEJgOVX9N","MessageId":"VgNkEJgOVX9N","Reason":""}},"SendTime":"2022-12-02T08:21:20Z"}}"#,
            frame.id()
        );
        assert_eq!(frame.to_json().unwrap(), expected);
    }
}
