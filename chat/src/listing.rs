//! All rooms, newest change first.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlor::{Error, log_warning};
use serde::{Deserialize, Serialize};

use crate::room::{LISTED, Row, UPDATED_AT, key};
use crate::rooms::{listed, read};
use crate::{Id, ListRooms, MessageReviewHandler, Room, RoomArn, Rooms, Time};

/// The sparse index over rooms, ordered by the time of their last change.
const INDEX: &str = "RoomsByUpdateTime";

/// Rooms that one read of the index looks at.
const PAGE_ROOMS: i32 = 100;

/// Reads of the index in one call: a filter that matches little must not read the whole index in one go.
const MAX_PAGES: usize = 5;

/// What `ListRooms` answers (`ListRoomsResponse` of the ivschat model).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedRooms {
    /// Some of the rooms. With a filter there may be none although more follow.
    pub rooms: Vec<ListedRoom>,
    /// Where the next call goes on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A room without its limits (`RoomSummary` of the ivschat model).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedRoom {
    arn: RoomArn,
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_review_handler: Option<MessageReviewHandler>,
    tags: BTreeMap<String, String>,
    create_time: Time,
    update_time: Time,
}

impl From<Room> for ListedRoom {
    fn from(room: Room) -> Self {
        Self {
            arn: room.arn,
            id: room.id,
            name: room.name,
            message_review_handler: room.message_review_handler,
            tags: room.tags,
            create_time: room.create_time,
            update_time: room.update_time,
        }
    }
}

/// A place in the list. It names a time and a room, not a row that must still be there, so it survives every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place(u64, String);

impl Place {
    fn of(room: &Room) -> Self {
        Self(room.update_time.milliseconds(), room.id.clone())
    }

    /// Reads what [`Place::to_token`] wrote. The database refuses a start that could be no key, such as an empty one.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let place: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        Id::parse(&place.1).is_some().then_some(place)
    }

    fn to_token(&self) -> Result<String, Error> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).map_err(Error::Json)?))
    }

    fn to_key(&self) -> Row {
        let mut place = key(&self.1);
        place.extend([listed(), (UPDATED_AT.to_owned(), AttributeValue::N(self.0.to_string()))]);
        place
    }
}

impl Rooms {
    /// Lists rooms. The index follows the table within a second or so.
    ///
    /// # Errors
    /// The database failed. A room that cannot be read is left out, and logged.
    pub async fn list(&self, request: ListRooms) -> Result<ListedRooms, Error> {
        let mut found: Vec<Room> = Vec::new();
        let mut start = request.start.as_ref().map(Place::to_key);
        for _page in 0..MAX_PAGES {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(INDEX)
                .key_condition_expression("#listed = :listed")
                .expression_attribute_names("#listed", LISTED)
                .expression_attribute_values(":listed", listed().1)
                .scan_index_forward(false)
                .limit(PAGE_ROOMS)
                .set_exclusive_start_key(start);
            let page = match Box::pin(query.send()).await {
                Ok(page) => page,
                Err(error) => return Err(Error::database("list rooms")(error.into())),
            };
            // One row that cannot be read must not hide all the others.
            let readable =
                |row| read(row).inspect_err(|error| log_warning("a room was left out of a list", error)).ok();
            for room in page.items().iter().filter_map(readable).filter(|room| request.matches(room)) {
                if let Some(last) = found.last().filter(|_| found.len() == request.max_results) {
                    let next_token = Some(Place::of(last).to_token()?);
                    return Ok(ListedRooms { rooms: found.into_iter().map(ListedRoom::from).collect(), next_token });
                }
                found.push(room);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        let next_token = start.as_ref().map(place_of_key).transpose()?.map(|place| place.to_token()).transpose()?;
        Ok(ListedRooms { rooms: found.into_iter().map(ListedRoom::from).collect(), next_token })
    }
}

fn place_of_key(row: &Row) -> Result<Place, Error> {
    let updated_at = row.get(UPDATED_AT).and_then(|time| time.as_n().ok()?.parse().ok());
    let room_id = row.get(crate::room::ROOM_ID).and_then(|id| id.as_s().ok().cloned());
    updated_at.zip(room_id).map(|(time, id)| Place(time, id)).ok_or(Error::Row("the rooms table"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_token_and_no_other_token_is_one() {
        let place = Place(1_700_000_000_123, "AbCdEf123456".to_owned());
        assert_eq!(Place::parse(&place.to_token().unwrap()), Some(place));
        // The last is `[0,""]`: no key of a table is empty.
        for token in ["", "x", "e30", "WzFd", "%%%", "WzAsIiJd"] {
            assert_eq!(Place::parse(token), None, "for `{token}`");
        }
    }
}
