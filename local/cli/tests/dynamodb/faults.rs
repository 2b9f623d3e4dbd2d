//! Failures by a fault plan.

use serde_json::json;

use crate::harness::{Server, item, table};

#[tokio::test]
async fn a_chosen_table_is_throttled_in_dynamodb_s_words() {
    for (fault, error_type) in [
        (
            "{fault: throttle-dynamodb, tables: [RoomsTable], at_most: 2}",
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        ),
        (
            "{fault: throttle-dynamodb, error: ThrottlingException, tables: [Rooms], at_most: 2}",
            "com.amazon.coral.availability#ThrottlingException",
        ),
    ] {
        let server = Server::start_with_faults(fault, vec![table("Rooms", None), table("Tokens", None)]).await;
        let scan = |name: &str| server.call("Scan", json!({"TableName": name}));

        assert_eq!(scan("Tokens").await.0, 200);
        let (status, answer) = scan("Rooms").await;
        let put = json!({"RequestItems": {"Rooms": [{"PutRequest": {"Item": item("a", "b")}}]}});
        let (status_of_a_batch, _) = server.call("BatchWriteItem", put.clone()).await;
        server.ask("BatchWriteItem", put).await;

        assert_eq!((status, status_of_a_batch), (400, 400));
        assert_eq!(answer["__type"], error_type);
        assert!(answer["message"].is_string(), "{answer}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_write_that_fails_is_not_made() {
    let fault = "{fault: fail-dynamodb, at_most: 1}, {fault: fail-dynamodb, operations: [Query], after: 1}";
    let server = Server::start_with_faults(fault, vec![table("Rooms", None)]).await;
    let rows = || server.ask("Scan", json!({"TableName": "Rooms"}));
    let put = json!({"TransactItems": [{"Put": {"TableName": "Rooms", "Item": item("a", "b")}}]});

    assert_eq!(rows().await["Count"], 0, "a read is no write");
    let (status, answer) = server.call("TransactWriteItems", put.clone()).await;
    assert_eq!((status, &answer["__type"]), (500, &json!("com.amazonaws.dynamodb.v20120810#InternalServerError")));
    assert_eq!(rows().await["Count"], 0);
    server.ask("TransactWriteItems", put).await;
    assert_eq!(rows().await["Count"], 1);

    let query = json!({
        "TableName": "Rooms", "KeyConditionExpression": "#g = :g",
        "ExpressionAttributeNames": {"#g": "group"}, "ExpressionAttributeValues": {":g": {"S": "a"}},
    });
    assert_eq!(server.call("Query", query.clone()).await.0, 200);
    assert_eq!(server.call("Query", query).await.0, 500);
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_be_carried_out_and_fail_nevertheless() {
    let fault = "{fault: fail-dynamodb, done: true, at_most: 2}";
    let server = Server::start_with_faults(fault, vec![table("Rooms", None)]).await;
    let put = json!({
        "TableName": "Rooms", "Item": item("a", "b"),
        "ConditionExpression": "attribute_not_exists(#g)", "ExpressionAttributeNames": {"#g": "group"},
    });
    let failed = (500, json!("com.amazonaws.dynamodb.v20120810#InternalServerError"));

    let (status, answer) = server.call("PutItem", put.clone()).await;
    assert_eq!((status, answer["__type"].clone()), failed);
    assert_eq!(server.ask("Scan", json!({"TableName": "Rooms"})).await["Count"], 1);

    // A response is lost whatever it says.
    let (status, answer) = server.call("PutItem", put.clone()).await;
    assert_eq!((status, answer["__type"].clone()), failed);
    let (status, answer) = server.call("PutItem", put).await;
    assert_eq!(status, 400);
    assert!(answer["__type"].as_str().unwrap().ends_with("#ConditionalCheckFailedException"), "{answer}");
    server.stop().await;
}
