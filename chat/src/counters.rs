//! How much was asked within a second. Counts live in the table of rooms, one item a second, and expire by themselves.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use parlor::{Aws, ConnectionId, Error, variable};

use crate::room::{CALLS, EXPIRES_AT, ITEM, MESSAGES, ROOM_ID};
use crate::{Refusal, Room, Time};

/// Requests of one connection in a second (Amazon IVS Chat service quotas: "Rate of messaging requests per connection").
const REQUESTS_PER_CONNECTION: u64 = 10;

/// Requests of one connection in a second that are no accident any more: it is closed. Three times what is allowed lets a
/// client that retries too eagerly learn from its refusals.
const FLOOD: u64 = 3 * REQUESTS_PER_CONNECTION;

/// Calls of one operation in a second (Amazon IVS Chat service quotas: 100 each for SendEvent, DeleteMessage and
/// DisconnectUser).
pub const CALLS_PER_OPERATION: u64 = 100;

/// How long an item of counts is kept, in seconds: late requests of its second are done by then.
const KEPT_SECONDS: u64 = 60;

/// Stands for a room where calls of operations are counted: no room has an id of this length.
const OPERATIONS: &str = "operations";

/// What was asked in one second, this request included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    messages: u64,
    requests: u64,
}

impl Counts {
    /// Refuses a request that is one too many of its connection.
    ///
    /// # Errors
    /// The refusal to show to the client.
    pub fn admit_request(self) -> Result<(), Refusal> {
        match self.requests {
            requests if requests <= REQUESTS_PER_CONNECTION => Ok(()),
            requests if requests <= FLOOD => Err(Refusal::TooManyRequests),
            _ => Err(Refusal::Flood),
        }
    }

    pub(crate) fn admit_message(self, room: &Room) -> Result<(), Refusal> {
        let rate = u64::from(room.maximum_message_rate_per_second);
        if self.messages > rate { Err(Refusal::RoomTooBusy) } else { Ok(()) }
    }
}

/// The counters of a stack.
#[derive(Clone, Debug)]
pub struct Counters {
    client: Client,
    table: String,
}

impl Counters {
    /// The counters in `table`, whose partition key is the text `roomId` and whose sort key is the text `item`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The counters in the table that `ROOMS_TABLE` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(aws.dynamodb().clone(), variable("ROOMS_TABLE")?))
    }

    /// Counts a request of a connection, and a message of its room if it is one, with one write.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(
        &self,
        room_id: &str,
        connection: &ConnectionId,
        is_message: bool,
        at: Time,
    ) -> Result<Counts, Error> {
        let item = format!("second#{}", at.seconds());
        let messages = u64::from(is_message);
        let counted = self.add(room_id, item, &[(MESSAGES, messages), (connection.as_str(), 1)], at).await?;
        let count = |name: &str| counted.get(name)?.as_n().ok()?.parse().ok();
        let unreadable = || Error::Row("the rooms table");
        Ok(Counts {
            messages: count(MESSAGES).ok_or_else(unreadable)?,
            requests: count(connection.as_str()).ok_or_else(unreadable)?,
        })
    }

    /// Counts a call of an operation, and tells whether it is one too many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_throttled(&self, operation: &str) -> Result<bool, Error> {
        let now = Time::now();
        let item = format!("{operation}#{}", now.seconds());
        let counted = self.add(OPERATIONS, item, &[(CALLS, 1)], now).await?;
        let calls = counted.get(CALLS).and_then(|calls| calls.as_n().ok()?.parse::<u64>().ok());
        Ok(calls.ok_or(Error::Row("the rooms table"))? > CALLS_PER_OPERATION)
    }

    async fn add(
        &self,
        room_id: &str,
        item: String,
        amounts: &[(&str, u64)],
        at: Time,
    ) -> Result<HashMap<String, AttributeValue>, Error> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(ROOM_ID, AttributeValue::S(room_id.to_owned()))
            .key(ITEM, AttributeValue::S(item))
            .expression_attribute_names("#expiresAt", EXPIRES_AT)
            .expression_attribute_values(":expiresAt", number(at.seconds() + KEPT_SECONDS))
            .return_values(ReturnValue::UpdatedNew);
        let mut terms = Vec::new();
        for (position, (name, amount)) in amounts.iter().enumerate() {
            terms.push(format!("#count{position} :amount{position}"));
            update = update
                .expression_attribute_names(format!("#count{position}"), *name)
                .expression_attribute_values(format!(":amount{position}"), number(*amount));
        }
        let expression = format!("ADD {} SET #expiresAt = :expiresAt", terms.join(", "));
        match Box::pin(update.update_expression(expression).send()).await {
            Ok(updated) => Ok(updated.attributes.unwrap_or_default()),
            Err(error) => Err(Error::database("count a request")(error.into())),
        }
    }
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
