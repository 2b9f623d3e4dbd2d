//! What is said into a room from outside. Everybody in it hears the same as if a client had asked for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::{Announcement, CALLS_PER_OPERATION, DeleteMessage, DisconnectUser, Exception, InRoom, RoomArn, SendEvent};
use serde_json::{Value, json};

use crate::Backend;
use crate::answer::Answer;
use crate::call::Body;
use crate::rooms::existing;

pub(crate) async fn delete_message(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<Value> {
    let request = InRoom::<DeleteMessage>::parse(&body)?;
    let room = request.room.clone();
    let announcement = Announcement::from(request);
    let id = announcement.frame.id().clone();
    announce(&backend, "DeleteMessage", &room, announcement).await?;
    Ok(Json(json!({ "id": id })))
}

pub(crate) async fn disconnect_user(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<Value> {
    let request = InRoom::<DisconnectUser>::parse(&body)?;
    let room = request.room.clone();
    announce(&backend, "DisconnectUser", &room, request.into()).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn send_event(State(backend): State<Arc<Backend>>, Body(body): Body) -> Answer<Value> {
    let request = InRoom::<SendEvent>::parse(&body)?;
    let room = request.room.clone();
    let announcement = Announcement::from(request);
    let id = announcement.frame.id().clone();
    announce(&backend, "SendEvent", &room, announcement).await?;
    Ok(Json(json!({ "id": id })))
}

async fn announce(
    backend: &Backend,
    operation: &str,
    arn: &RoomArn,
    announcement: Announcement,
) -> Result<(), Exception> {
    let room = existing(&backend.rooms, arn).await?;
    if backend.counters.is_throttled(operation).await? {
        return Err(Exception::Throttled { room_id: room.id, limit: CALLS_PER_OPERATION });
    }
    Ok(announcement.deliver(&backend.sockets, &room.id, backend.sockets.group(&room.id)).await?)
}
