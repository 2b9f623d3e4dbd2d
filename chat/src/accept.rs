//! The decision: what becomes of a client's request. Nothing is sent here.

use crate::{
    Action, Announcement, ChatClaims, ChatSession, Id, Message, Refusal, Request, Reviewer, Room, RoomMessages,
    SendMessage, Sender, Time,
};

/// A request that its session allows, and whose room has yet to be asked.
#[derive(Debug)]
pub struct Accepted<'a> {
    claims: &'a ChatClaims,
    request_id: String,
    action: Action,
}

/// What a request comes to.
#[derive(Debug)]
pub enum Decision<'a> {
    /// Everybody shall hear this.
    Announce(Announcement),
    /// Everybody shall hear this, if the room's reviewer lets it pass.
    Review(Message, Reviewer<'a>),
}

/// Checks a request against the session of its connection. No database is needed for it.
///
/// # Errors
/// The refusal to show to the client.
pub fn accept(request: Request, session: &ChatSession) -> Result<Accepted<'_>, Refusal> {
    let claims = session.claims()?;
    let action = request.action?;
    let capability = action.capability();
    if !claims.capabilities.contains(&capability) {
        return Err(Refusal::NotAllowed(capability));
    }
    Ok(Accepted { claims, request_id: request.request_id, action })
}

impl Accepted<'_> {
    /// Whether this counts as a message of the room.
    pub fn is_message(&self) -> bool {
        matches!(self.action, Action::SendMessage(_))
    }

    /// Checks the request against its room and against the room's messages of the same second. `room` is `None` when it was
    /// deleted: its connections stay open.
    ///
    /// # Errors
    /// The refusal to show to the client.
    pub fn decide(
        self,
        room: Option<&Room>,
        room_messages: RoomMessages,
        received_at: Time,
    ) -> Result<Decision<'_>, Refusal> {
        let room = room.ok_or(Refusal::RoomGone)?;
        let (request_id, at) = (self.request_id, received_at);
        let SendMessage { content, attributes } = match self.action {
            Action::SendMessage(message) => message,
            Action::DeleteMessage(request) => return Ok(Decision::Announce(request.announce(request_id, at))),
            Action::DisconnectUser(request) => return Ok(Decision::Announce(request.announce(request_id, at))),
        };
        if !room.admits_content(&content) {
            return Err(Refusal::ContentTooLongForRoom);
        }
        room_messages.admit(room)?;
        let ChatClaims { user_id, attributes: user_attributes, .. } = self.claims.clone();
        let sender = Sender { user_id, attributes: user_attributes };
        let message = Message { id: Id::random(), request_id, attributes, content, send_time: at, sender };
        Ok(match Reviewer::of(room) {
            None => Decision::Announce(Announcement::from(message)),
            Some(reviewer) => Decision::Review(message, reviewer),
        })
    }
}
