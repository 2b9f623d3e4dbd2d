//! A DynamoDB that knows the operations of the chat. Conditions always hold, and counters always answer 1.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Map, Value, json};

type Item = Map<String, Value>;

/// Tables by their names.
#[derive(Default)]
pub(crate) struct Database(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    items: HashMap<String, Vec<Item>>,
    is_read_only: bool,
}

impl Database {
    /// From now on, writes succeed and change nothing: each start of a function finds the same tables.
    pub(crate) fn make_read_only(&self) {
        self.tables().is_read_only = true;
    }

    /// Answers a request. An operation that the chat does not use is a `ValidationException`.
    pub(crate) fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Response<Body> {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let (status, answer) = match self.tables().carry_out(operation, &request) {
            Some(answer) => (StatusCode::OK, answer),
            None => {
                let error = "com.amazon.coral.validate#ValidationException";
                (StatusCode::BAD_REQUEST, json!({ "__type": error, "message": "The request is not supported" }))
            }
        };
        let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
        response.body(answer.to_string().into()).expect("a valid response")
    }

    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn carry_out(&mut self, operation: &str, request: &Value) -> Option<Value> {
        let table = request["TableName"].as_str().unwrap_or_default();
        match operation {
            "GetItem" => Some(self.find(table, &request["Key"]).map_or(json!({}), |item| json!({ "Item": item }))),
            "BatchGetItem" => self.find_all(&request["RequestItems"]),
            "Query" => {
                let group = &request["ExpressionAttributeValues"][":group"];
                let items: Vec<_> = self.items(table).iter().filter(|item| item.get("group") == Some(group)).collect();
                Some(json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items }))
            }
            "UpdateItem" => {
                let names = request["ExpressionAttributeNames"].as_object()?.values();
                let ones = names.filter_map(|name| Some((name.as_str()?.to_owned(), json!({ "N": "1" }))));
                Some(json!({ "Attributes": ones.collect::<Item>() }))
            }
            "PutItem" => self.put(table, &request["Item"]),
            "BatchWriteItem" => {
                for (table, writes) in request["RequestItems"].as_object()? {
                    writes
                        .as_array()?
                        .iter()
                        .try_for_each(|write| self.put(table, &write["PutRequest"]["Item"]).map(drop))?;
                }
                Some(json!({ "UnprocessedItems": {} }))
            }
            "TransactWriteItems" => {
                for put in request["TransactItems"].as_array()?.iter().filter_map(|write| write.get("Put")) {
                    self.put(put["TableName"].as_str()?, &put["Item"])?;
                }
                Some(json!({}))
            }
            "DeleteItem" => Some(json!({})),
            _ => None,
        }
    }

    fn items(&self, table: &str) -> &[Item] {
        self.items.get(table).map_or(&[], Vec::as_slice)
    }

    /// The item with this key.
    fn find(&self, table: &str, key: &Value) -> Option<&Item> {
        let key = key.as_object()?;
        self.items(table).iter().find(|item| key.iter().all(|(name, value)| item.get(name) == Some(value)))
    }

    /// The items of a batch, which must not be empty.
    fn find_all(&self, batch: &Value) -> Option<Value> {
        let batch = batch.as_object().filter(|batch| !batch.is_empty())?;
        let found = batch.iter().map(|(table, asked)| {
            let keys = asked["Keys"].as_array().map_or(&[][..], Vec::as_slice);
            let items: Vec<_> = keys.iter().filter_map(|key| self.find(table, key)).collect();
            (table.clone(), json!(items))
        });
        Some(json!({ "Responses": found.collect::<Item>(), "UnprocessedKeys": {} }))
    }

    fn put(&mut self, table: &str, item: &Value) -> Option<Value> {
        let item = item.as_object()?.clone();
        if !self.is_read_only {
            self.items.entry(table.to_owned()).or_default().push(item);
        }
        Some(json!({}))
    }
}
