//! The decision: what becomes of a client's request. Nothing is sent here.

use crate::{Action, ChatSession, Frame, Id, Refusal, Request, Room, SendMessage, Sender, Time};

/// A request that its session allows, and whose room has yet to be asked.
#[derive(Debug)]
pub struct Accepted<'a> {
    session: &'a ChatSession,
    request_id: String,
    action: Action,
}

/// Checks a request against the session of its connection. No database is needed for it.
///
/// # Errors
/// The refusal to show to the client.
pub fn accept(request: Request, session: &ChatSession) -> Result<Accepted<'_>, Refusal> {
    if session.is_over() {
        return Err(Refusal::SessionOver);
    }
    let action = request.action?;
    let capability = action.capability();
    if !session.claims.capabilities.contains(&capability) {
        return Err(Refusal::NotAllowed(capability));
    }
    Ok(Accepted { session, request_id: request.request_id, action })
}

impl Accepted<'_> {
    /// Checks the request against its room, and makes the frame that everybody in it shall hear. `room` is `None` when it
    /// was deleted: its connections live on.
    ///
    /// # Errors
    /// The refusal to show to the client.
    pub fn into_frame(self, room: Option<&Room>, received_at: Time) -> Result<Frame, Refusal> {
        let room = room.ok_or(Refusal::RoomGone)?;
        let Action::SendMessage(SendMessage { content, attributes }) = self.action;
        if !room.admits_content(&content) {
            return Err(Refusal::ContentTooLong);
        }
        let sender =
            Sender { user_id: self.session.member.clone(), attributes: self.session.claims.attributes.clone() };
        let (id, request_id) = (Id::random(), self.request_id);
        Ok(Frame::Message { id, request_id, attributes, content, send_time: received_at, sender })
    }
}
