//! The faults at the database's door: requests that it answers without the database, or with another response than the database's.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::MAX_BODY_BYTES;
use local_core::faults::{DatabaseError, Faults, Operation, Throttling};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// `router` behind `faults`, if one of them is the database's.
pub(super) fn with_faults(router: Router, faults: &Faults) -> Router {
    match faults.concern_the_database() {
        true => router.layer(middleware::from_fn_with_state(faults.clone(), layer)),
        false => router,
    }
}

async fn layer(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let Some(operation) = operation(request.headers()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let read: Value = serde_json::from_slice(&body).unwrap_or_default();
    let tables = tables(&read);
    // A batch for no table only opens a connection.
    let error = if tables.is_empty() { None } else { faults.database_answer(operation, &tables) };
    let Some(error) = error else {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    };
    if error == (DatabaseError::Failed { done: true }) {
        let _lost = next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    answer(error, &read)
}

/// `X-Amz-Target` is such as `DynamoDB_20120810.PutItem`.
fn operation(headers: &HeaderMap) -> Option<Operation> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    Operation::named(target.rsplit_once('.')?.1)
}

/// The names of all tables that a request is about, each once.
fn tables(request: &Value) -> Vec<String> {
    let single = request["TableName"].as_str();
    let batch = request["RequestItems"].as_object().into_iter().flatten().map(|(table, _)| table.as_str());
    let transaction = request["TransactItems"].as_array().into_iter().flatten();
    let transaction = transaction.filter_map(|item| item.as_object()?.values().next()?["TableName"].as_str());
    let mut names: Vec<_> = single.into_iter().chain(batch).chain(transaction).map(without_arn).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// Wherever DynamoDB takes a table's name, it takes the ARN, which ends with `table/` and the name.
fn without_arn(table: &str) -> &str {
    table.rsplit_once("table/").map_or(table, |(_, name)| name)
}

/// As DynamoDB words it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
fn answer(error: DatabaseError, request: &Value) -> Response {
    let (status, namespace, message) = match error {
        DatabaseError::Throttled(Throttling::ProvisionedThroughputExceededException) => (
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810",
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
             provisioning level with the UpdateTable API.",
        ),
        DatabaseError::Throttled(Throttling::ThrottlingException) => (
            StatusCode::BAD_REQUEST,
            "com.amazon.coral.availability",
            "Rate of requests exceeds the allowed throughput.",
        ),
        DatabaseError::Cancelled => (
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810",
            "Transaction cancelled, please refer cancellation reasons for specific reasons ",
        ),
        DatabaseError::Failed { .. } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazonaws.dynamodb.v20120810",
            "The server encountered an internal error trying to fulfill the request.",
        ),
    };
    let mut body = json!({ "__type": format!("{namespace}#{}", error.name()), "message": message });
    if error == DatabaseError::Cancelled {
        // This exception alone spells its message so.
        let reasons = reasons(request);
        let codes: Vec<_> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
        let message = format!("{message}[{}]", codes.join(", "));
        body = json!({ "__type": body["__type"], "Message": message, "CancellationReasons": reasons });
    }
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// A reason for each write of a transaction: the first one has met another transaction.
fn reasons(request: &Value) -> Vec<Value> {
    let writes = request["TransactItems"].as_array().map_or(0, Vec::len);
    let conflict = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
    std::iter::once(conflict).chain(std::iter::repeat_n(json!({ "Code": "None" }), writes.saturating_sub(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_a_request_is_found_once() {
        for (request, expected) in [
            (json!({"TableName": "Rooms"}), vec!["Rooms"]),
            (json!({"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/Rooms"}), vec!["Rooms"]),
            (json!({"RequestItems": {"Rows": [{}], "Rooms": [{}]}}), vec!["Rooms", "Rows"]),
            (
                json!({"TransactItems": [{"Put": {"TableName": "Rows"}}, {"Delete": {"TableName": "Rows"}}]}),
                vec!["Rows"],
            ),
            (json!({"TransactItems": [[], {}, {"Put": 1}], "RequestItems": 2, "TableName": 3}), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(tables(&request), expected, "{request}");
        }
    }
}
