//! Why a client's request is not carried out: each reason beside its code and its exact sentence.

use crate::Capability;

/// A refusal. Its client alone receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The frame is not a JSON object.
    NotAnObject,
    /// A field is missing.
    Missing(&'static str),
    /// A field has another type than it should.
    WrongType(&'static str),
    /// A text has no character, or more than it may have.
    WrongLength {
        /// Which field.
        field: &'static str,
        /// Its limit, in characters.
        longest: usize,
    },
    /// `Id` is not twelve letters and digits.
    NoId,
    /// `RequestId` is longer than the service echoes.
    RequestIdTooLong,
    /// There is no such action.
    UnknownAction,
    /// The content has no character.
    EmptyContent,
    /// The content has more characters than its room, or any room, allows.
    ContentTooLong,
    /// The attributes have more than 1 KB.
    AttributesTooLarge,
    /// The session is past its end.
    SessionOver,
    /// The token did not give this capability.
    NotAllowed(Capability),
    /// The room was deleted.
    RoomGone,
    /// The room's reviewer said no, and perhaps why.
    Rejected(Option<String>),
    /// The room takes no more messages this second.
    RoomTooBusy,
    /// The connection may ask for no more this second.
    TooManyRequests,
    /// The connection has sent so many requests that it is closed.
    Flood,
    /// The connection was closed for a flood of requests. The client receives no further answer.
    AfterFlood,
    /// Something failed on our side. The log says what; the client may try again.
    Failed,
}

/// A failure on our side is logged here, because a client only learns that something failed. The end of a session is not a
/// failure.
impl From<parlor::Error> for Refusal {
    fn from(error: parlor::Error) -> Self {
        if matches!(error, parlor::Error::SessionEnded) {
            return Self::SessionOver;
        }
        parlor::log_error(&error);
        Self::Failed
    }
}

impl Refusal {
    /// `ErrorCode` of the ERROR frame (Amazon IVS Chat Messaging API, "Error messages").
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotAnObject
            | Self::Missing(_)
            | Self::WrongType(_)
            | Self::WrongLength { .. }
            | Self::NoId
            | Self::RequestIdTooLong
            | Self::UnknownAction
            | Self::EmptyContent
            | Self::ContentTooLong => 400,
            Self::SessionOver => 401,
            Self::NotAllowed(_) => 403,
            Self::RoomGone => 404,
            Self::Rejected(_) => 406,
            Self::AttributesTooLarge => 413,
            Self::RoomTooBusy | Self::TooManyRequests | Self::Flood | Self::AfterFlood => 429,
            Self::Failed => 500,
        }
    }

    /// Whether the client receives it at all.
    pub const fn is_sent(&self) -> bool {
        !matches!(self, Self::AfterFlood)
    }

    /// Whether the connection is closed afterwards.
    pub const fn closes(&self) -> bool {
        matches!(self, Self::Flood)
    }

    /// `ErrorMessage` of the ERROR frame. Clients of the real service look for `Message exceeds maximum length` and for
    /// the words `expired` and `rate limit exceeded`.
    pub fn message(&self) -> String {
        match self {
            Self::NotAnObject => "Request must be a JSON object".to_owned(),
            Self::Missing(field) => format!("{field} is required"),
            Self::WrongType(field) => format!("{field} has the wrong type"),
            Self::WrongLength { field, longest } => format!("{field} must have 1 to {longest} characters"),
            Self::NoId => "Id must have 12 letters and digits".to_owned(),
            Self::RequestIdTooLong => "RequestId exceeds maximum length".to_owned(),
            Self::UnknownAction => "Action is not supported".to_owned(),
            Self::EmptyContent => "Content must not be empty".to_owned(),
            Self::ContentTooLong => "Message exceeds maximum length".to_owned(),
            Self::AttributesTooLarge => "Attributes exceed maximum size".to_owned(),
            Self::SessionOver => "Session has expired".to_owned(),
            Self::NotAllowed(capability) => format!("Capability {} is missing", capability.name()),
            Self::RoomGone => "Room does not exist".to_owned(),
            Self::Rejected(None) => "Message rejected by review".to_owned(),
            Self::Rejected(Some(reason)) => format!("Message rejected by review: {reason}"),
            Self::RoomTooBusy | Self::TooManyRequests | Self::Flood | Self::AfterFlood => {
                "rate limit exceeded".to_owned()
            }
            Self::Failed => "Internal server error".to_owned(),
        }
    }
}
