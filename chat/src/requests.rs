//! The control plane's requests, read once and whole: every field that is wrong is named.

mod fields;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::requests::fields::Fields;
use crate::room::{DEFAULT_MESSAGE_LENGTH, DEFAULT_MESSAGE_RATE};
use crate::{Attributes, Capability, Exception, RoomArn};

/// Longest room name (`RoomName` of the ivschat model).
const MAX_NAME_LENGTH: usize = 128;
/// Longest user id, in characters (`UserID` of the ivschat model).
const MAX_USER_ID_LENGTH: usize = 128;
/// Messages a second that a room may take (`RoomMaxMessageRatePerSecond` of the ivschat model).
const MAX_MESSAGE_RATE: u32 = 100;
/// Code points that a room may allow (`RoomMaxMessageLength` of the ivschat model).
const MAX_MESSAGE_LENGTH: u32 = 500;
/// Longest session, in minutes (`SessionDurationInMinutes` of the ivschat model).
const MAX_SESSION_MINUTES: u32 = 180;
/// A session's length where the request does not say it, in minutes.
const DEFAULT_SESSION_MINUTES: u32 = 60;

/// `CreateRoom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRoom {
    /// May be empty, need not be unique.
    pub name: String,
    /// 1 to 500 code points.
    pub maximum_message_length: u32,
    /// 1 to 100 a second.
    pub maximum_message_rate_per_second: u32,
    /// At most 50.
    pub tags: BTreeMap<String, String>,
}

/// `GetRoom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRoom {
    /// Which room.
    pub room: RoomArn,
}

/// `CreateChatToken`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateChatToken {
    /// The room that the token opens.
    pub room: RoomArn,
    /// Who will be in it: the caller's word is taken for it.
    pub user_id: String,
    /// What the user may do there.
    pub capabilities: Vec<Capability>,
    /// What everybody shall know of the user.
    pub attributes: Attributes,
    /// How long the session lasts, counted from now: 1 to 180 minutes.
    pub session_duration: Duration,
}

impl CreateRoom {
    /// Reads the body of a request; an empty one is `{}`.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let name = fields.name("name", MAX_NAME_LENGTH);
        let length = fields.number("maximumMessageLength", 1..=MAX_MESSAGE_LENGTH);
        let rate = fields.number("maximumMessageRatePerSecond", 1..=MAX_MESSAGE_RATE);
        let tags = fields.tags("tags");
        fields.refuse("messageReviewHandler", "message review is not supported by this service");
        fields.refuse("loggingConfigurationIdentifiers", "chat logging is not supported by this service");
        fields.finish(Some(()))?;
        Ok(Self {
            name: name.unwrap_or_default(),
            maximum_message_length: length.unwrap_or(DEFAULT_MESSAGE_LENGTH),
            maximum_message_rate_per_second: rate.unwrap_or(DEFAULT_MESSAGE_RATE),
            tags: tags.unwrap_or_default(),
        })
    }
}

impl GetRoom {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("identifier");
        Ok(Self { room: fields.finish(room)? })
    }
}

impl CreateChatToken {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Exception::Validation`].
    pub fn parse(body: &[u8]) -> Result<Self, Exception> {
        let mut fields = Fields::parse(body)?;
        let room = fields.room("roomIdentifier");
        let user_id = fields.required_text("userId", MAX_USER_ID_LENGTH);
        let capabilities = fields.capabilities("capabilities");
        let attributes = fields.attributes("attributes");
        let minutes = fields.number("sessionDurationInMinutes", 1..=MAX_SESSION_MINUTES);
        let (room, user_id) = fields.finish(room.zip(user_id))?;
        let minutes = minutes.unwrap_or(DEFAULT_SESSION_MINUTES);
        Ok(Self {
            room,
            user_id,
            capabilities: capabilities.unwrap_or_default(),
            attributes: attributes.unwrap_or_default(),
            session_duration: Duration::from_secs(u64::from(minutes) * 60),
        })
    }
}

#[cfg(test)]
mod tests;
