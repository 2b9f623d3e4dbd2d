//! Requests: those that are rejected, and those at the same time.

use futures_util::future::join_all;
use local_cli::dynamodb::create_tables;
use serde_json::json;

use crate::harness::{PATIENCE, Server, http_client, item, table};

#[tokio::test]
async fn a_web_page_cannot_read_the_tables() {
    let server = Server::start(None).await;
    let ask = |method: reqwest::Method, (name, value): (&str, &str)| {
        let request = http_client().request(method, &server.endpoint);
        request.header(name, value).header("x-amz-target", "DynamoDB_20120810.ListTables").send()
    };

    for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::OPTIONS] {
        for mark in [("origin", "https://example.com"), ("sec-fetch-site", "cross-site")] {
            let answer = tokio::time::timeout(PATIENCE, ask(method.clone(), mark)).await.unwrap().unwrap();
            assert_eq!(answer.status(), 403);
            assert!(!answer.headers().contains_key("access-control-allow-origin"));
        }
    }
}

#[tokio::test]
async fn an_unsigned_call_is_refused() {
    let server = Server::start(None).await;
    let request = http_client()
        .post(&server.endpoint)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.ListTables")
        .body("{}");

    let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();

    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn concurrent_counters_lose_no_update() {
    let server = Server::start(None).await;
    create_tables(&server.endpoint, &[table("Rooms", None)]).await.unwrap();
    let count = json!({
        "TableName": "Rooms", "Key": item("room", "counter"), "UpdateExpression": "ADD hits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnConsumedCapacity": "TOTAL",
    });

    let answers = join_all((0..100).map(|_| server.ask("UpdateItem", count.clone()))).await;

    assert!(answers.iter().all(|answer| answer["ConsumedCapacity"]["CapacityUnits"] == 1.0), "{:?}", answers.first());
    let row = server.ask("GetItem", json!({"TableName": "Rooms", "Key": item("room", "counter")})).await;
    assert_eq!(row["Item"]["hits"]["N"], "100");
}

#[tokio::test]
async fn of_racing_transactions_one_spends_the_token() {
    let server = Server::start(None).await;
    create_tables(&server.endpoint, &[table("Rows", None)]).await.unwrap();
    server.ask("PutItem", json!({"TableName": "Rows", "Item": item("token", "1")})).await;
    let spend = |member: usize| {
        let unspent = json!({
            "TableName": "Rows", "Key": item("token", "1"), "ConditionExpression": "attribute_exists(#g)",
            "ExpressionAttributeNames": {"#g": "group"},
        });
        let joined = json!({"TableName": "Rows", "Item": item("room", &member.to_string())});
        server.call("TransactWriteItems", json!({"TransactItems": [{"Delete": unspent}, {"Put": joined}]}))
    };

    let outcomes = join_all((0..10).map(spend)).await;

    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!(won.len(), 1);
    for (_, answer) in lost {
        assert!(answer["__type"].as_str().unwrap().ends_with("TransactionCanceledException"), "{answer}");
        assert_eq!(answer["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
        assert_eq!(answer["CancellationReasons"][1]["Code"], "None");
    }
    let members = json!({
        "TableName": "Rows", "KeyConditionExpression": "#g = :g", "ConsistentRead": true,
        "ExpressionAttributeNames": {"#g": "group"}, "ExpressionAttributeValues": {":g": {"S": "room"}},
    });
    assert_eq!(server.ask("Query", members).await["Count"], 1);
}
