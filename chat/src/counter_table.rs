//! The table of counters: adds to several counters of an item with one write. Its attribute names are in this file and in
//! `counters`.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use parlor::{Error, pause};

use crate::Time;

/// How long an item is kept, in seconds: late requests of its second are done by then.
const KEPT_SECONDS: u64 = 60;

/// The shortest pauses before a write that DynamoDB throttles is repeated; a random part makes them up to twice as long.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(100)];

/// The partition key.
const COUNTER: &str = "counter";
/// When DynamoDB may delete the item, in seconds since the epoch.
const EXPIRES_AT: &str = "expiresAt";

/// Codes with which DynamoDB rejects a write for its rate: none of it was done.
const THROTTLED: [&str; 3] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

#[derive(Clone, Debug)]
pub(crate) struct CounterTable {
    /// For reads.
    client: Client,
    /// For writes: it tries once, because a write whose reply is lost may have been done.
    writer: Client,
    table: String,
}

/// What became of an addition.
#[derive(Debug)]
pub(crate) enum Added {
    Done(Counts),
    /// Nothing was added: the limited counter had reached its limit.
    AtLimit(Counts),
    /// The reply is lost, or DynamoDB failed: the amounts are in these counters or not.
    Unknown(Counts),
    /// Nothing was added: DynamoDB throttles the item.
    Throttled,
}

/// The counters of an item. One that was never added to is zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(HashMap<String, AttributeValue>);

impl Counts {
    pub(crate) fn of(&self, counter: &str) -> u64 {
        self.0.get(counter).and_then(|count| count.as_n().ok()?.parse().ok()).unwrap_or_default()
    }
}

impl CounterTable {
    pub(crate) fn new(client: Client, table: String) -> Self {
        let once = client.config().to_builder().retry_config(RetryConfig::disabled());
        Self { writer: Client::from_conf(once.build()), client, table }
    }

    /// Adds `amounts` to the counters of `item`, unless the counter in `limit` has reached its limit.
    ///
    /// Nothing is added twice. If the reply is lost, or DynamoDB fails, the counters are read instead.
    pub(crate) async fn add(
        &self,
        item: &str,
        at: Time,
        amounts: &[(&str, i64)],
        limit: Option<(&str, u64)>,
    ) -> Result<Added, Error> {
        let terms: Vec<_> =
            (0..amounts.len()).map(|position| format!("#counter{position} :amount{position}")).collect();
        let mut update = self
            .writer
            .update_item()
            .table_name(&self.table)
            .key(COUNTER, AttributeValue::S(item.to_owned()))
            .update_expression(format!("ADD {} SET #expiresAt = :expiresAt", terms.join(", ")))
            .expression_attribute_names("#expiresAt", EXPIRES_AT)
            .expression_attribute_values(":expiresAt", number(at.seconds() + KEPT_SECONDS))
            .return_values(ReturnValue::UpdatedNew);
        for (position, (counter, amount)) in amounts.iter().enumerate() {
            update = update
                .expression_attribute_names(format!("#counter{position}"), *counter)
                .expression_attribute_values(format!(":amount{position}"), number(amount));
        }
        if let Some((counter, limit)) = limit {
            update = update
                .condition_expression("attribute_not_exists(#limited) OR #limited < :limit")
                .expression_attribute_names("#limited", counter)
                .expression_attribute_values(":limit", number(limit))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match Box::pin(update.clone().send()).await {
                Ok(updated) => return Ok(Added::Done(Counts(updated.attributes.unwrap_or_default()))),
                Err(error) => error,
            };
            if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
                return Ok(Added::AtLimit(Counts(failed.item.clone().unwrap_or_default())));
            }
            if error.code().is_some_and(|code| THROTTLED.contains(&code)) {
                match pauses.next() {
                    Some(shortest) => pause(shortest).await,
                    None => return Ok(Added::Throttled),
                }
            } else if may_be_done(&error) {
                return Ok(Added::Unknown(self.read(item).await?));
            } else {
                return Err(Error::database("count a request")(error.into()));
            }
        }
    }

    pub(crate) async fn read(&self, item: &str) -> Result<Counts, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        match Box::pin(get.key(COUNTER, AttributeValue::S(item.to_owned())).send()).await {
            Ok(found) => Ok(Counts(found.item.unwrap_or_default())),
            Err(error) => Err(Error::database("read counters")(error.into())),
        }
    }
}

/// Whether a write that failed may have been done: its reply is missing, or is a failure of DynamoDB itself.
fn may_be_done(error: &SdkError<UpdateItemError>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(failure) => failure.raw().status().is_server_error(),
        _ => false,
    }
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
