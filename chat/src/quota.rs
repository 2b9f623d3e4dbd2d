//! How many rooms there are. One item counts them, written in one transaction with the room itself.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use parlor::{Error, pause};

use crate::Rooms;
use crate::room::{ITEM, ROOM_COUNT, ROOM_ID};

/// Rooms of a stack (Amazon IVS Chat service quotas: "Rooms", 50,000).
pub(crate) const ROOM_QUOTA: u64 = 50_000;

/// How often a transaction is repeated that conflicts with another: rooms are created and deleted rarely, and all count in
/// one item.
const CONFLICT_RETRIES: u32 = 8;

/// The shortest pause before the first repetition; it doubles three times, up to 80 ms. A random part makes each up to twice as
/// long, so that transactions that have met do not meet again. The longest pauses are 1 s in all.
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);
const MAX_DOUBLINGS: u32 = 3;

/// Stands for a room where rooms are counted: no room has an id of this length.
const ALL_ROOMS: &str = "rooms";

/// What a write does to the number of rooms.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    OneMore,
    OneLess,
}

/// What became of a counted write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Written,
    /// The condition of the write did not hold.
    Refused,
    /// There are as many rooms as there may be.
    TooMany,
}

impl Rooms {
    /// Writes a room and the number of rooms, or neither. The SDK's token for the transaction makes a second attempt harmless.
    pub(crate) async fn write_counted(&self, write: TransactWriteItem, count: Count) -> Result<Counted, Error> {
        let count = self.count(count)?;
        let transaction = self.client.transact_write_items().transact_items(write).transact_items(count);
        let mut retries = 0..CONFLICT_RETRIES;
        loop {
            let Err(error) = Box::pin(transaction.clone().send()).await else { return Ok(Counted::Written) };
            match error.as_service_error().map(reasons).as_deref() {
                Some(["ConditionalCheckFailed", ..]) => return Ok(Counted::Refused),
                Some([_, "ConditionalCheckFailed"]) => return Ok(Counted::TooMany),
                Some(["TransactionConflict", _] | [_, "TransactionConflict"]) => match retries.next() {
                    Some(retry) => pause(CONFLICT_PAUSE * 2_u32.pow(retry.min(MAX_DOUBLINGS))).await,
                    None => return Err(Error::database("count a room")(error.into())),
                },
                _ => return Err(Error::database("count a room")(error.into())),
            }
        }
    }

    fn count(&self, count: Count) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&self.table)
            .key(ROOM_ID, AttributeValue::S(ALL_ROOMS.to_owned()))
            .key(ITEM, AttributeValue::S("count".to_owned()))
            .update_expression("ADD #rooms :amount")
            .expression_attribute_names("#rooms", ROOM_COUNT);
        let number = |digits: &str| AttributeValue::N(digits.to_owned());
        let update = match count {
            Count::OneLess => update.expression_attribute_values(":amount", number("-1")),
            Count::OneMore => update
                .expression_attribute_values(":amount", number("1"))
                .condition_expression("attribute_not_exists(#rooms) OR #rooms < :quota")
                .expression_attribute_values(":quota", number(&ROOM_QUOTA.to_string())),
        };
        let update = update.build().map_err(|error| Error::database("count a room")(error.into()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// Why each of the transaction's items was not written.
fn reasons(error: &TransactWriteItemsError) -> Vec<&str> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default()).collect()
        }
        _ => Vec::new(),
    }
}
