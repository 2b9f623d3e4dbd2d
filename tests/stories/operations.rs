//! Every operation of the control plane, with the real SDK: what it answers, and each rule of the ivschat model at its edge
//! and past it. `ConflictException` and `PendingVerification` are missing: nothing that a client can do leads to them.

mod create_room;
mod get_room;
mod update_room;
mod delete_room;
mod list_rooms;
mod create_chat_token;
mod send_event;
mod delete_message;
mod disconnect_user;
mod list_tags_for_resource;
mod tag_resource;
mod untag_resource;
mod announcing;
mod reviewers;
pub(crate) mod refusals;
