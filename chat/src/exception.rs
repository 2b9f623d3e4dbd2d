//! Why the control plane refuses: each exception beside its members, as the ivschat model has them.

use serde::Serialize;

/// An answer of the control plane that is no success. What it means over HTTP is not known here.
#[derive(Debug)]
pub enum Exception {
    /// `ValidationException`: the caller must change the request.
    Validation {
        /// Which kind of problem.
        reason: Reason,
        /// Every field that is wrong, each with what is wrong about it.
        fields: Vec<Field>,
    },
    /// `ValidationException`: the body is larger than any request.
    BodyTooLarge {
        /// Bytes that a body may have.
        limit: usize,
    },
    /// `AccessDeniedException`: this stack may not do that for anybody.
    AccessDenied {
        /// What it may not do.
        message: String,
    },
    /// `ResourceNotFoundException`: there is no such room.
    RoomNotFound {
        /// The id of the room, without the rest of its ARN.
        room_id: String,
    },
    /// `ConflictException`: the id of a new room was taken by another at the same time.
    Conflict {
        /// Which room.
        room_id: String,
    },
    /// `ServiceQuotaExceededException`: there are as many rooms as there may be.
    QuotaExceeded {
        /// The room that was not made.
        room_id: String,
        /// Rooms that there may be.
        limit: u64,
    },
    /// `ThrottlingException`: the operation was called too often in this second.
    Throttled {
        /// The room that the call was about.
        room_id: String,
        /// Calls that are allowed in a second.
        limit: u64,
    },
    /// `InternalServerException`: something failed on our side; its cause is for the log.
    Failed(parlor::Error),
}

/// `ValidationExceptionReason` of the ivschat model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// There is no such operation.
    UnknownOperation,
    /// Fields are wrong, and named.
    FieldValidationFailed,
    /// The request as a whole is wrong.
    Other,
}

/// `ValidationExceptionField` of the ivschat model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The member of the request.
    pub name: String,
    /// What is wrong about it.
    pub message: String,
}

impl Exception {
    /// One field that is wrong.
    pub fn wrong_field(name: &str, message: impl Into<String>) -> Self {
        let field = Field { name: name.to_owned(), message: message.into() };
        Self::Validation { reason: Reason::FieldValidationFailed, fields: vec![field] }
    }
}

impl From<parlor::Error> for Exception {
    fn from(error: parlor::Error) -> Self {
        Self::Failed(error)
    }
}
