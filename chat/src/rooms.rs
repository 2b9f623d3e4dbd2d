//! The table of rooms.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use parlor::{Aws, BoxError, Error, variable};

use crate::quota::{Count, Counted, ROOM_QUOTA};
use crate::room::{ARN, LISTED, LISTED_ROOM, ROOM_ID, Row, TAGS, UPDATED_AT, key};
use crate::{CreateRoom, Exception, Id, Room, RoomArn, Time, UpdateRoom};

/// How often a change is tried again that met another change of the same room.
const CHANGE_ATTEMPTS: usize = 5;

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
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Rooms {
    /// The rooms in `table`, whose partition key is the text `roomId` and whose sort key is the text `item`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The rooms in the table that `ROOMS_TABLE` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(aws.dynamodb().clone(), variable("ROOMS_TABLE")?))
    }

    /// Makes a room, unless there are too many, or its new id, one of 62^12, is taken.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create(&self, request: CreateRoom, owner: &Owner) -> Result<Result<Room, Exception>, Error> {
        let (id, now) = (Id::random(), Time::now());
        let room = Room {
            arn: RoomArn::new(&owner.region, &owner.account_id, &id),
            id: id.as_str().to_owned(),
            name: request.name,
            maximum_message_length: request.maximum_message_length,
            maximum_message_rate_per_second: request.maximum_message_rate_per_second,
            message_review_handler: request.message_review_handler,
            tags: request.tags,
            create_time: now,
            update_time: now,
        };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(room.to_row()))
            .condition_expression("attribute_not_exists(#roomId)")
            .expression_attribute_names("#roomId", ROOM_ID)
            .build();
        let put = put.map_err(|error| Error::database("make a room")(error.into()))?;
        let put = TransactWriteItem::builder().put(put).build();
        Ok(match self.write_counted(put, Count::OneMore).await? {
            Counted::Written => Ok(room),
            Counted::Refused => Err(Exception::Conflict { room_id: room.id }),
            Counted::TooMany => Err(Exception::QuotaExceeded { room_id: room.id, limit: ROOM_QUOTA }),
        })
    }

    /// Finds a room by the id that stands at the end of its ARN.
    ///
    /// # Errors
    /// The database failed, or the room's row is not ours.
    pub async fn find(&self, room_id: &str) -> Result<Option<Room>, Error> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(room_id))).consistent_read(true);
        match Box::pin(get.send()).await {
            Ok(found) => found.item.as_ref().map(read).transpose(),
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

    /// Changes what the request names, and leaves the rest. It takes effect at once for everybody in the room. `None` if
    /// there is no such room.
    ///
    /// # Errors
    /// The database failed, or others kept changing the room.
    pub async fn update(&self, request: UpdateRoom) -> Result<Option<Room>, Error> {
        let changed = self.change(&request.room, |room| {
            // Never the same time twice: by it, a writer sees that another was faster.
            let update_time = Time::now().max(room.update_time.next());
            Ok::<_, std::convert::Infallible>(Room { update_time, ..request.clone().applied_to(room) })
        });
        Ok(changed.await?.map(|Ok(room)| room))
    }

    /// Replaces the tags of a room by what `change` makes of them. They are not part of a room's update time.
    ///
    /// # Errors
    /// The database failed, or others kept changing the room.
    pub async fn retag<E>(
        &self,
        arn: &RoomArn,
        change: impl Fn(BTreeMap<String, String>) -> Result<BTreeMap<String, String>, E>,
    ) -> Result<Option<Result<Room, E>>, Error> {
        self.change(arn, |room| Ok(Room { tags: change(room.tags.clone())?, ..room })).await
    }

    /// Deletes a room. Its connections live on, and are refused whatever they ask. Whether there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete(&self, arn: &RoomArn) -> Result<bool, Error> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(arn.room_id())))
            .condition_expression("#arn = :arn")
            .expression_attribute_names("#arn", ARN)
            .expression_attribute_values(":arn", AttributeValue::S(arn.as_str().to_owned()))
            .build();
        let delete = delete.map_err(|error| Error::database("delete a room")(error.into()))?;
        let delete = TransactWriteItem::builder().delete(delete).build();
        Ok(self.write_counted(delete, Count::OneLess).await? == Counted::Written)
    }

    /// Reads, changes and writes a room, anew if somebody else changed it in between.
    async fn change<E>(
        &self,
        arn: &RoomArn,
        change: impl Fn(Room) -> Result<Room, E>,
    ) -> Result<Option<Result<Room, E>>, Error> {
        let mut cause = BoxError::from("others kept changing it");
        for _attempt in 0..CHANGE_ATTEMPTS {
            let Some(before) = self.find_by_arn(arn).await? else { return Ok(None) };
            let after = match change(before.clone()) {
                Ok(after) => after,
                Err(refusal) => return Ok(Some(Err(refusal))),
            };
            let old = before.to_row();
            let put = self.put(&after).condition_expression("#updatedAt = :updatedAt AND #tags = :tags");
            let put = put
                .expression_attribute_names("#updatedAt", UPDATED_AT)
                .expression_attribute_names("#tags", TAGS)
                .set_expression_attribute_values(Some(
                    [(":updatedAt", UPDATED_AT), (":tags", TAGS)]
                        .into_iter()
                        .filter_map(|(placeholder, name)| Some((placeholder.to_owned(), old.get(name)?.clone())))
                        .collect(),
                ));
            match Box::pin(put.send()).await {
                Ok(_written) => return Ok(Some(Ok(after))),
                Err(error)
                    if error.as_service_error().is_some_and(|cause| cause.is_conditional_check_failed_exception()) =>
                {
                    cause = error.into();
                }
                Err(error) => return Err(Error::database("change a room")(error.into())),
            }
        }
        Err(Error::database("change a room")(cause))
    }

    fn put(&self, room: &Room) -> PutItemFluentBuilder {
        self.client.put_item().table_name(&self.table).set_item(Some(room.to_row()))
    }
}

/// The partition of the index that lists rooms.
pub(crate) fn listed() -> (String, AttributeValue) {
    (LISTED.to_owned(), AttributeValue::S(LISTED_ROOM.to_owned()))
}

pub(crate) fn read(row: &Row) -> Result<Room, Error> {
    Room::from_row(row).ok_or(Error::Row("the rooms table"))
}
