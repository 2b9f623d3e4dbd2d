//! Why a client's request is not carried out: each reason beside its code and its exact sentence.

use crate::Capability;

/// A refusal, shown to the one who asked and to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The frame is not a JSON object.
    NotAnObject,
    /// A field is missing.
    Missing(&'static str),
    /// A field has another type than it should.
    WrongType(&'static str),
    /// `RequestId` is longer than the service echoes.
    RequestIdTooLong,
    /// There is no such action.
    UnknownAction,
    /// The content has no character.
    EmptyContent,
    /// The content has more code points than the room allows.
    ContentTooLong,
    /// The attributes have more than 1 KB.
    AttributesTooLarge,
    /// The session is past its end.
    SessionOver,
    /// The token did not give this capability.
    NotAllowed(Capability),
    /// The room was deleted.
    RoomGone,
    /// Something failed on our side. The log says what; the client may try again.
    Failed,
}

impl Refusal {
    /// `ErrorCode` of the ERROR frame (Amazon IVS Chat Messaging API, "Error messages").
    pub const fn code(self) -> u16 {
        match self {
            Self::NotAnObject
            | Self::Missing(_)
            | Self::WrongType(_)
            | Self::RequestIdTooLong
            | Self::UnknownAction
            | Self::EmptyContent
            | Self::ContentTooLong => 400,
            Self::SessionOver => 401,
            Self::NotAllowed(_) => 403,
            Self::RoomGone => 404,
            Self::AttributesTooLarge => 413,
            Self::Failed => 500,
        }
    }

    /// `ErrorMessage` of the ERROR frame. Clients of the real service look for `Message exceeds maximum length` and for
    /// the word `expired`.
    pub fn message(self) -> String {
        match self {
            Self::NotAnObject => "Request must be a JSON object".to_owned(),
            Self::Missing(field) => format!("{field} is required"),
            Self::WrongType(field) => format!("{field} has the wrong type"),
            Self::RequestIdTooLong => "RequestId exceeds maximum length".to_owned(),
            Self::UnknownAction => "Action is not supported".to_owned(),
            Self::EmptyContent => "Content must not be empty".to_owned(),
            Self::ContentTooLong => "Message exceeds maximum length".to_owned(),
            Self::AttributesTooLarge => "Attributes exceed maximum size".to_owned(),
            Self::SessionOver => "Session has expired".to_owned(),
            Self::NotAllowed(capability) => format!("Capability {} is missing", capability.name()),
            Self::RoomGone => "Room does not exist".to_owned(),
            Self::Failed => "Internal server error".to_owned(),
        }
    }
}
