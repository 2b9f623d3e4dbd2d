//! Rooms and tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat::{
    CreateChatToken, CreateRoom, DeleteRoom, Exception, GetRoom, IssuedToken, ListRooms, ListedRooms, Room, RoomArn,
    Rooms, UpdateRoom,
};

use crate::Backend;
use crate::answer::{Answer, Refused};
use crate::call::{Body, Call};

pub(crate) async fn create_chat_token(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<IssuedToken> {
    let request = CreateChatToken::parse(&body)?;
    existing(&backend.rooms, &request.room).await?;
    Ok(Json(backend.tokens.issue(request).await?))
}

pub(crate) async fn create_room(State(backend): State<Arc<Backend>>, call: Call, Body(body): Body) -> Answer<Room> {
    let request = CreateRoom::parse(&body)?;
    backend.reviewers.admit(request.review_uri())?;
    Ok(Json(backend.rooms.create(request, &call.owner(&backend.region)).await??))
}

pub(crate) async fn delete_room(State(backend): State<Arc<Backend>>, Body(body): Body) -> Result<StatusCode, Refused> {
    let request = DeleteRoom::parse(&body)?;
    if backend.rooms.delete(&request.room).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found(&request.room).into())
    }
}

pub(crate) async fn get_room(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<Room> {
    let request = GetRoom::parse(&body)?;
    Ok(Json(existing(&backend.rooms, &request.room).await?))
}

pub(crate) async fn list_rooms(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<ListedRooms> {
    let request = ListRooms::parse(&body)?;
    Ok(Json(backend.rooms.list(request).await?))
}

pub(crate) async fn update_room(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<Room> {
    let request = UpdateRoom::parse(&body)?;
    backend.reviewers.admit(request.review_uri())?;
    let room = request.room.clone();
    Ok(Json(backend.rooms.update(request).await?.ok_or_else(|| not_found(&room))?))
}

pub(crate) async fn existing(rooms: &Rooms, arn: &RoomArn) -> Result<Room, Exception> {
    rooms.find_by_arn(arn).await?.ok_or_else(|| not_found(arn))
}

pub(crate) fn not_found(arn: &RoomArn) -> Exception {
    Exception::RoomNotFound { room_id: arn.room_id().to_owned() }
}
