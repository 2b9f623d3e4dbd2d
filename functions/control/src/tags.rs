//! Tags of rooms.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use chat::{ListTagsForResource, TagResource, UntagResource};
use serde_json::{Value, json};

use crate::Backend;
use crate::answer::Answer;
use crate::call::Body;
use crate::rooms::{existing, not_found};

pub(crate) async fn list(State(backend): State<Arc<Backend>>, Path(arn): Path<String>) -> Answer<Value> {
    let request = ListTagsForResource::parse(&arn)?;
    let room = existing(&backend.rooms, &request.room).await?;
    Ok(Json(json!({ "tags": room.tags })))
}

pub(crate) async fn tag(
    State(backend): State<Arc<Backend>>,
    Path(arn): Path<String>,
    Body(body): Body,
) -> Answer<Value> {
    let request = TagResource::parse(&arn, &body)?;
    let room = backend.rooms.retag(&request.room, |tags| request.apply(tags)).await?;
    room.ok_or_else(|| not_found(&request.room))??;
    Ok(Json(json!({})))
}

pub(crate) async fn untag(
    State(backend): State<Arc<Backend>>,
    Path(arn): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Value> {
    let pairs = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
    let keys = pairs.filter(|(name, _)| name == "tagKeys").map(|(_, key)| key.into_owned()).collect();
    let request = UntagResource::parse(&arn, keys)?;
    let room = backend.rooms.retag(&request.room, |tags| Ok::<_, chat::Exception>(request.apply(tags))).await?;
    room.ok_or_else(|| not_found(&request.room))??;
    Ok(Json(json!({})))
}
