//! The table of rooms.

use aws_sdk_dynamodb::Client;
use shared::{Aws, Error, variable};

use crate::room::{ROOM_ID, key};
use crate::{CreateRoom, Id, Room, RoomArn, Time};

/// Whose rooms are made: the account and the region that stand in their ARNs.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Twelve digits.
    pub account_id: String,
    /// Such as `us-east-1`.
    pub region: String,
}

/// The rooms of a stack.
#[derive(Clone, Debug)]
pub struct Rooms {
    client: Client,
    table: String,
}

impl Rooms {
    /// Reads `ROOMS_TABLE`.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn new(aws: &Aws) -> Result<Self, Error> {
        Ok(Self { client: aws.dynamodb().clone(), table: variable("ROOMS_TABLE")? })
    }

    /// Makes a room.
    ///
    /// # Errors
    /// The database failed, or the new id, one of 62^12, was taken.
    pub async fn create(&self, request: CreateRoom, owner: &Owner) -> Result<Room, Error> {
        let (id, now) = (Id::random(), Time::now());
        let room = Room {
            arn: RoomArn::new(&owner.region, &owner.account_id, &id),
            id: id.as_str().to_owned(),
            name: request.name,
            maximum_message_length: request.maximum_message_length,
            maximum_message_rate_per_second: request.maximum_message_rate_per_second,
            tags: request.tags,
            create_time: now,
            update_time: now,
        };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(room.to_row()))
            .condition_expression("attribute_not_exists(#roomId)")
            .expression_attribute_names("#roomId", ROOM_ID);
        match Box::pin(put.send()).await {
            Ok(_written) => Ok(room),
            // The SDK tries again when an answer is lost, and then meets the room that the first attempt made.
            Err(_) if self.find(&room.id).await?.as_ref() == Some(&room) => Ok(room),
            Err(error) => Err(Error::database("make a room")(error.into())),
        }
    }

    /// Finds a room by the id that stands at the end of its ARN.
    ///
    /// # Errors
    /// The database failed, or the room's row is not ours.
    pub async fn find(&self, room_id: &str) -> Result<Option<Room>, Error> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(room_id))).consistent_read(true);
        match Box::pin(get.send()).await {
            Ok(found) => found.item.map(|row| Room::from_row(&row).ok_or(Error::Row("the rooms table"))).transpose(),
            Err(error) => Err(Error::database("read a room")(error.into())),
        }
    }

    /// Finds a room by its whole ARN: the room of another account or region is no room of this stack.
    ///
    /// # Errors
    /// As [`Rooms::find`].
    pub async fn find_by_arn(&self, arn: &RoomArn) -> Result<Option<Room>, Error> {
        Ok(self.find(arn.room_id()).await?.filter(|room| room.arn == *arn))
    }
}
