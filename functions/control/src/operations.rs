//! The operations, in the order of their names.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use chat::{CreateChatToken, CreateRoom, Exception, GetRoom, IssuedToken, Room, RoomArn, Rooms};

use crate::Backend;
use crate::answer::Answer;
use crate::caller::Account;

pub(crate) async fn create_chat_token(State(backend): State<Arc<Backend>>, body: Bytes) -> Answer<IssuedToken> {
    let request = CreateChatToken::parse(&body)?;
    existing(&backend.rooms, &request.room).await?;
    Ok(Json(backend.tokens.issue(request).await?))
}

pub(crate) async fn create_room(State(backend): State<Arc<Backend>>, account: Account, body: Bytes) -> Answer<Room> {
    let request = CreateRoom::parse(&body)?;
    Ok(Json(backend.rooms.create(request, &account.owner(&backend.region)).await?))
}

pub(crate) async fn get_room(State(backend): State<Arc<Backend>>, body: Bytes) -> Answer<Room> {
    let request = GetRoom::parse(&body)?;
    Ok(Json(existing(&backend.rooms, &request.room).await?))
}

async fn existing(rooms: &Rooms, arn: &RoomArn) -> Result<Room, Exception> {
    let room = rooms.find_by_arn(arn).await?;
    room.ok_or_else(|| Exception::RoomNotFound { room_id: arn.room_id().to_owned() })
}
