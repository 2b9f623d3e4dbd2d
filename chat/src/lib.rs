//! A chat domain that is wire-compatible with Amazon IVS Chat: what a client may say, what everybody hears, who is let in.
//!
//! It decides, and sends in one place: [`Announcement::deliver`]. In reading order:

mod action;
mod accept;
mod announcement;
mod eviction;
mod review;
mod refusal;
mod frame;
mod attributes;
mod session;
mod token;
mod tokens;
mod request_count;
mod counters;
mod counter_table;
mod recent_excess;
mod room;
mod rooms;
mod quota;
mod listing;
mod requests;
mod exception;
mod identifier;
mod time;

/// The CloudWatch namespace of the chat's metrics, which the alarms of the template watch.
pub const METRICS_NAMESPACE: &str = "Parlor";

pub use accept::{Accepted, Decision, RoomRate, accept};
pub use action::{Action, DeleteMessage, DisconnectUser, Request, SendMessage};
pub use announcement::Announcement;
pub use attributes::{Attributes, MAX_ATTRIBUTES_BYTES};
pub use counters::{CALLS_PER_OPERATION, Counters};
pub use exception::{Exception, Field, Reason};
pub use frame::{Event, Frame, KeepAlive, Message, Sender};
pub use identifier::{Id, RoomArn};
pub use listing::{ListedRoom, ListedRooms};
pub use refusal::Refusal;
pub use request_count::RequestCount;
pub use requests::{
    CreateChatToken, CreateRoom, DeleteRoom, GetRoom, InRoom, ListRooms, ListTagsForResource, SendEvent, TagResource,
    UntagResource, UpdateRoom,
};
pub use review::{AllowedReviewers, Reviewer, Reviewers};
pub use room::{DEFAULT_MESSAGE_LENGTH, DEFAULT_MESSAGE_RATE, FallbackResult, MessageReviewHandler, Room};
pub use rooms::{Owner, Rooms};
pub use session::{Capability, ChatClaims, ChatSession};
pub use time::Time;
pub use token::{ChatToken, TokenFingerprint};
pub use tokens::{IssuedToken, Tokens};
