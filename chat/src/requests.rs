//! The control plane's requests, read once and whole: every field that is wrong is named.

mod fields;
mod messaging;
mod rooms;
mod tags;
mod token;

pub use messaging::{InRoom, SendEvent};
pub use rooms::{CreateRoom, DeleteRoom, GetRoom, ListRooms, UpdateRoom};
pub use tags::{ListTagsForResource, TagResource, UntagResource};
pub use token::CreateChatToken;

#[cfg(test)]
mod tests;
