//! How many rooms there are. One item counts them; a crash between two writes may leave it off by one.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::Error;

use crate::Rooms;
use crate::room::{ITEM, ROOM_ID};

/// Stands for a room where rooms are counted: no room has an id of this length.
const ALL_ROOMS: &str = "rooms";
const ROOMS: &str = "rooms";

impl Rooms {
    /// Counts one room more. Whether there was a place for it.
    pub(crate) async fn take_place(&self) -> Result<bool, Error> {
        let update = self
            .count("1")
            .condition_expression("attribute_not_exists(#rooms) OR #rooms < :quota")
            .expression_attribute_values(":quota", AttributeValue::N(self.quota.to_string()));
        match Box::pin(update.send()).await {
            Ok(_counted) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(|cause| cause.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(Error::database("count a room")(error.into())),
        }
    }

    /// Counts one room less.
    pub(crate) async fn leave_place(&self) -> Result<(), Error> {
        let counted = Box::pin(self.count("-1").send()).await;
        counted.map(drop).map_err(|error| Error::database("count a room")(error.into()))
    }

    fn count(&self, amount: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(ROOM_ID, AttributeValue::S(ALL_ROOMS.to_owned()))
            .key(ITEM, AttributeValue::S("count".to_owned()))
            .update_expression("ADD #rooms :amount")
            .expression_attribute_names("#rooms", ROOMS)
            .expression_attribute_values(":amount", AttributeValue::N(amount.to_owned()))
    }
}
