//! What a token lets its bearer do, for as long as the connection lives.

use serde::{Deserialize, Serialize};

use crate::{Attributes, TokenFingerprint};

/// The session that a token opens.
pub type ChatSession = parlor::Session<ChatClaims>;

/// What a session says about its connection. The room is the toolkit's group, the user its member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatClaims {
    /// The token that opened the session: the beginning of its hash.
    pub token: TokenFingerprint,
    /// The id of the room, without the rest of its ARN.
    pub room_id: String,
    /// The user.
    pub user_id: String,
    /// What the user may do. Receiving everything is always implied.
    pub capabilities: Vec<Capability>,
    /// Shown as the sender's attributes with every message.
    pub attributes: Attributes,
}

/// Something that a token allows (`ChatTokenCapability` of the ivschat model).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// Say something to everybody in the room.
    SendMessage,
    /// Tell everybody to remove a message.
    DeleteMessage,
    /// Close all connections of a user.
    DisconnectUser,
}

impl Capability {
    /// Every capability, in the order of the model.
    pub(crate) const ALL: [Self; 3] = [Self::SendMessage, Self::DisconnectUser, Self::DeleteMessage];

    /// Its name on the wire, which is also the name of the action that needs it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendMessage => "SEND_MESSAGE",
            Self::DeleteMessage => "DELETE_MESSAGE",
            Self::DisconnectUser => "DISCONNECT_USER",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}
