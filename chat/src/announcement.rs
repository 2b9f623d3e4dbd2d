//! An event or a message for a whole room, and what follows it. The same over WebSocket and over HTTP.

use parlor::{Broadcast, Error, Sockets};

use crate::eviction::{Eviction, RETRY_PAUSE, Reached};
use crate::{Attributes, DeleteMessage, DisconnectUser, Event, Frame, Id, Message, Time};

/// A frame for a whole room.
#[derive(Debug)]
pub struct Announcement {
    /// The one frame for all members.
    pub frame: Frame,
    /// The user whose connections are closed as soon as they have the frame.
    pub disconnects: Option<String>,
}

impl Announcement {
    /// Sends the frame to a room, as `broadcast` describes, and closes the connections of the user that it disconnects. They
    /// do not wait for the others, nor the others for them.
    ///
    /// # Errors
    /// The broadcast failed, or a connection could not be closed.
    pub async fn deliver(&self, sockets: &Sockets, room_id: &str, broadcast: Broadcast<'_>) -> Result<(), Error> {
        let frame = self.frame.to_json()?;
        let Some(user_id) = &self.disconnects else { return broadcast.send(&frame).await.map(drop) };
        let mut eviction = Eviction::new(sockets, room_id, user_id, &frame);
        let others = broadcast.except_member(user_id).send(&frame);
        let (sent, _again_below) = tokio::join!(others, eviction.pass(Reached::Required));
        // Once more: for what could not be reached, and for what the user has opened in the meantime.
        if eviction.pass(Reached::Required).await.is_err() {
            tokio::time::sleep(RETRY_PAUSE).await;
            eviction.pass(Reached::Attempted).await?;
        }
        sent.map(drop)
    }
}

impl From<Message> for Announcement {
    fn from(message: Message) -> Self {
        Self { frame: Frame::Message(message), disconnects: None }
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
        Announcement { disconnects: Some(self.user_id), ..announcement }
    }
}

/// An event of the application's own.
pub(crate) fn custom_event(event_name: String, attributes: Attributes) -> Announcement {
    event(event_name, attributes, String::new(), Time::now())
}

fn event(event_name: String, attributes: Attributes, request_id: String, send_time: Time) -> Announcement {
    let event = Event { id: Id::random(), request_id, event_name, attributes, send_time };
    Announcement { frame: Frame::Event(event), disconnects: None }
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
