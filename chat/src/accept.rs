//! The decision: what becomes of a client's request. Nothing is counted or sent here.

use crate::{
    Action, Announcement, ChatClaims, ChatSession, Id, Message, Refusal, Request, Reviewer, Room, SendMessage, Sender,
    Time,
};

/// A request that its session allows. Its room has not been asked yet.
#[derive(Debug)]
pub struct Accepted<'a> {
    claims: &'a ChatClaims,
    request_id: String,
    action: Action,
}

/// What a request comes to, unless its counters are past a limit.
#[derive(Debug)]
pub enum Decision {
    /// An event of a moderator, which does not count as a message of the room.
    Moderate(Announcement),
    /// A message.
    Send(Message, RoomRate),
    /// A message that the room's reviewer must allow first.
    Review(Message, RoomRate, Reviewer),
}

/// The messages that a room accepts in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomRate(pub u32);

/// Checks a request against the session of its connection. No database is needed for it.
///
/// # Errors
/// The refusal to send to the client.
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
    /// Checks the request against its room. `room` is `None` if it was deleted: its connections stay open.
    ///
    /// # Errors
    /// The refusal to send to the client.
    pub fn decide(self, room: Option<&Room>, received_at: Time) -> Result<Decision, Refusal> {
        let room = room.ok_or(Refusal::RoomGone)?;
        let (request_id, at) = (self.request_id, received_at);
        let SendMessage { content, attributes } = match self.action {
            Action::SendMessage(message) => message,
            Action::DeleteMessage(request) => return Ok(Decision::Moderate(request.announce(request_id, at))),
            Action::DisconnectUser(request) => return Ok(Decision::Moderate(request.announce(request_id, at))),
        };
        if !room.admits_content(&content) {
            return Err(Refusal::ContentTooLong);
        }
        let ChatClaims { user_id, attributes: user_attributes, .. } = self.claims.clone();
        let sender = Sender { user_id, attributes: user_attributes };
        let message = Message { id: Id::random(), request_id, attributes, content, send_time: at, sender };
        let rate = RoomRate(room.maximum_message_rate_per_second);
        Ok(match Reviewer::of(room) {
            None => Decision::Send(message, rate),
            Some(reviewer) => Decision::Review(message, rate, reviewer),
        })
    }
}
