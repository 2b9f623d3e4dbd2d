//! `CreateChatToken`.

use std::time::Duration;

use super::fields::Fields;
use crate::action::MAX_USER_ID_LENGTH;
use crate::{Attributes, Capability, Exception, RoomArn};

/// Longest session, in minutes (`SessionDurationInMinutes` of the ivschat model).
const MAX_SESSION_MINUTES: u32 = 180;
/// A session's length where the request does not say it, in minutes.
const DEFAULT_SESSION_MINUTES: u32 = 60;

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
