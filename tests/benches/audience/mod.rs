//! Rows of connections that nobody has opened.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};

/// What stands in the rows of connections on AWS.
const ENDPOINT_ON_AWS: &str = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev";

/// How long ago they were opened: nothing is due for them.
const AGE: Duration = Duration::from_secs(600);

/// A connection's row, as far as rows differ.
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) user: String,
    pub(crate) endpoint: String,
}

/// A user with a UUID. Endpoints are shorter here than on AWS; the name makes up for that, so that rows are as large as there.
pub(crate) fn user(number: usize, endpoint: &str) -> String {
    format!("f81d4fae-7dec-11d0-a765-{number:012}{}", "-".repeat(ENDPOINT_ON_AWS.len() - endpoint.len()))
}

/// Writes rows into the table of connections.
pub(crate) async fn remember(dynamodb: &Client, rows: impl Iterator<Item = Row>) {
    let number = |value: u64| AttributeValue::N(value.to_string());
    let opened = UNIX_EPOCH.elapsed().expect("it is past 1970") - AGE;
    let writes = rows.enumerate().map(|(index, Row { group, user, endpoint })| {
        let put = PutRequest::builder()
            .item("group", AttributeValue::S(group))
            .item("member", AttributeValue::S(format!("{}:{user}:{index:015}=", user.len())))
            .item("endpoint", AttributeValue::S(endpoint))
            .item("connectedAt", number(opened.as_secs() * 1_000 + 754))
            .item("endsAt", number(opened.as_secs() + 3_600))
            .item("expiresAt", number(opened.as_secs() + 7_200));
        WriteRequest::builder().put_request(put.build().expect("a whole row")).build()
    });
    let writes: Vec<_> = writes.collect();
    // As many as DynamoDB takes at once.
    for batch in writes.chunks(25) {
        let written = dynamodb.batch_write_item().request_items("Connections", batch.to_vec()).send().await;
        written.expect("rows can be written");
    }
}
