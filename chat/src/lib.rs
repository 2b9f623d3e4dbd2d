//! A chat domain that is wire-compatible with Amazon IVS Chat: what a client may say, what everybody hears, who is let in.
//!
//! It decides; it never sends. In reading order:

mod action;
mod accept;
mod refusal;
mod frame;
mod attributes;
mod session;
mod token;
mod tokens;
mod room;
mod rooms;
mod requests;
mod exception;
mod identifier;
mod time;

pub use accept::{Accepted, accept};
pub use action::{Action, Request, SendMessage};
pub use attributes::{Attributes, MAX_ATTRIBUTES_BYTES};
pub use exception::{Exception, Field, Reason};
pub use frame::{Frame, Sender};
pub use identifier::{Id, RoomArn};
pub use refusal::Refusal;
pub use requests::{CreateChatToken, CreateRoom, GetRoom};
pub use room::{DEFAULT_MESSAGE_LENGTH, DEFAULT_MESSAGE_RATE, Room};
pub use rooms::{Owner, Rooms};
pub use session::{Capability, ChatSession, Rights};
pub use time::Time;
pub use token::ChatToken;
pub use tokens::{IssuedToken, Tokens};
