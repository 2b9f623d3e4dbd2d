//! `DeleteMessage`, `DisconnectUser`, `SendEvent`: what the control plane says into a room.

use super::fields::Fields;
use crate::action::{MAX_REASON_LENGTH, MAX_USER_ID_LENGTH};
use crate::announcement::custom_event;
use crate::{Announcement, Attributes, DeleteMessage, DisconnectUser, Exception, RoomArn, Time};

/// Longest event name, in characters (`EventName` of the ivschat model: 1 to 100).
const MAX_EVENT_NAME_LENGTH: usize = 100;

/// Something for a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRoom<T> {
    /// Which room.
    pub room: RoomArn,
    request: T,
}

/// `SendEvent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendEvent {
    event_name: String,
    attributes: Attributes,
}

impl InRoom<DeleteMessage> {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("roomIdentifier");
        let id = fields.id("id");
        let reason = fields.text("reason", 1, MAX_REASON_LENGTH);
        let (room, id) = fields.finish(room.zip(id))?;
        Ok(Self { room, request: DeleteMessage { id, reason } })
    }
}

impl InRoom<DisconnectUser> {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("roomIdentifier");
        let user_id = fields.required_text("userId", MAX_USER_ID_LENGTH);
        let reason = fields.text("reason", 1, MAX_REASON_LENGTH);
        let (room, user_id) = fields.finish(room.zip(user_id))?;
        Ok(Self { room, request: DisconnectUser { user_id, reason } })
    }
}

impl InRoom<SendEvent> {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("roomIdentifier");
        let event_name = fields.required_text("eventName", MAX_EVENT_NAME_LENGTH);
        let attributes = fields.attributes("attributes").unwrap_or_default();
        let (room, event_name) = fields.finish(room.zip(event_name))?;
        Ok(Self { room, request: SendEvent { event_name, attributes } })
    }
}

impl From<InRoom<DeleteMessage>> for Announcement {
    fn from(asked: InRoom<DeleteMessage>) -> Self {
        asked.request.announce(String::new(), Time::now())
    }
}

impl From<InRoom<DisconnectUser>> for Announcement {
    fn from(asked: InRoom<DisconnectUser>) -> Self {
        asked.request.announce(String::new(), Time::now())
    }
}

impl From<InRoom<SendEvent>> for Announcement {
    fn from(asked: InRoom<SendEvent>) -> Self {
        custom_event(asked.request.event_name, asked.request.attributes)
    }
}
