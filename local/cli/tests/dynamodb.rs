//! The embedded DynamoDB, over its own protocol.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use local_cli::dynamodb::{create_tables, serve};
use local_core::events::Reporter;
use local_core::faults::{Faults, Named, Plan, Scope};
use local_sam::Table;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(10);
const AUTHORIZATION: &str =
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

struct Server {
    endpoint: String,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(data: Option<&Path>) -> Self {
        Self::serving(data, &Faults::default()).await
    }

    async fn serving(data: Option<&Path>, faults: &Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let task =
            serve(listener, data.map(Path::to_owned), faults, Reporter::default(), shutdown.clone()).await.unwrap();
        Self { endpoint, shutdown, task }
    }

    /// Has `tables`, and lets `faults` happen: a list in YAML.
    async fn start_with_faults(faults: &str, tables: Vec<Table>) -> Self {
        let named = |table: &Table| Named { logical_id: table.logical_id.clone(), name: table.name.clone() };
        let named: Vec<_> = tables.iter().map(named).collect();
        let scope = Scope { functions: None, tables: Some(&named) };
        let faults = Plan::parse(&format!("{{seed: 1, faults: [{faults}]}}"))
            .unwrap()
            .within(scope, Reporter::default())
            .unwrap();
        let server = Self::serving(None, &faults).await;
        create_tables(&server.endpoint, &tables).await.unwrap();
        server
    }

    async fn call(&self, operation: &str, body: Value) -> (u16, Value) {
        let request = http_client()
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", AUTHORIZATION)
            .body(body.to_string());
        let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn ask(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.call(operation, body).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the server ends soon").unwrap();
    }
}

/// A proxy for the outside world has no business between a test and its server.
fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn table(name: &str, time_to_live: Option<&str>) -> Table {
    Table {
        logical_id: format!("{name}Table"),
        name: name.to_owned(),
        create: json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "group", "AttributeType": "S"},
                {"AttributeName": "member", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "group", "KeyType": "HASH"},
                {"AttributeName": "member", "KeyType": "RANGE"},
            ],
        }),
        time_to_live_attribute: time_to_live.map(str::to_owned),
    }
}

fn item(group: &str, member: &str) -> Value {
    json!({"group": {"S": group}, "member": {"S": member}})
}

#[tokio::test]
async fn tables_of_a_template_exist_with_their_time_to_live() {
    let server = Server::start(None).await;

    create_tables(&server.endpoint, &[table("Rooms", None), table("Tokens", Some("expiresAt"))]).await.unwrap();

    let names = server.ask("ListTables", json!({})).await;
    assert_eq!(names["TableNames"], json!(["Rooms", "Tokens"]));
    let expiry = server.ask("DescribeTimeToLive", json!({"TableName": "Tokens"})).await;
    assert_eq!(expiry["TimeToLiveDescription"]["AttributeName"], "expiresAt");
    server.stop().await;
}

#[tokio::test]
async fn tables_are_created_once() {
    let server = Server::start(None).await;
    let tables = [table("Tokens", Some("expiresAt"))];

    create_tables(&server.endpoint, &tables).await.unwrap();
    server.ask("PutItem", json!({"TableName": "Tokens", "Item": item("a", "b")})).await;
    create_tables(&server.endpoint, &tables).await.unwrap();

    let rows = server.ask("Scan", json!({"TableName": "Tokens"})).await;
    assert_eq!(rows["Count"], 1);
}

#[tokio::test]
async fn a_table_with_another_key_is_a_failure() {
    let server = Server::start(None).await;
    create_tables(&server.endpoint, &[table("Rooms", None)]).await.unwrap();
    let mut changed = table("Rooms", None);
    changed.create["KeySchema"] = json!([{"AttributeName": "group", "KeyType": "HASH"}]);
    changed.create["AttributeDefinitions"] = json!([{"AttributeName": "group", "AttributeType": "S"}]);

    let failure = create_tables(&server.endpoint, &[changed]).await.unwrap_err().to_string();

    assert!(failure.contains("table `Rooms` exists"), "{failure}");
}

#[tokio::test]
async fn a_refused_table_is_a_failure_with_dynamodb_s_reason() {
    let server = Server::start(None).await;
    let mut wrong = table("Rooms", None);
    wrong.create["AttributeDefinitions"] = json!([]);

    let failure = create_tables(&server.endpoint, &[wrong]).await.unwrap_err().to_string();

    assert!(failure.contains("`Rooms`") && failure.contains("ValidationException"), "{failure}");
    assert!(failure.contains("hint: correct `RoomsTable` in the template"), "{failure}");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let failure = create_tables(&endpoint, &[table("Rooms", None)]).await.unwrap_err().to_string();

    assert!(failure.contains(&endpoint) && failure.contains("hint: if `--dynamodb` names it, start it"), "{failure}");
}

#[tokio::test]
async fn a_data_directory_keeps_rows_over_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("not").join("there yet");
    let tables = [table("Tokens", Some("expiresAt"))];

    let server = Server::start(Some(&data)).await;
    create_tables(&server.endpoint, &tables).await.unwrap();
    server.ask("PutItem", json!({"TableName": "Tokens", "Item": item("a", "b")})).await;
    server.stop().await;
    let server = Server::start(Some(&data)).await;
    create_tables(&server.endpoint, &tables).await.unwrap();

    let key = json!({"TableName": "Tokens", "Key": item("a", "b"), "ConsistentRead": true});
    assert_eq!(server.ask("GetItem", key).await["Item"], item("a", "b"));
    assert!(data.join("dynamodb.sqlite").is_file());
    server.stop().await;
}

#[tokio::test]
async fn a_data_directory_that_is_a_file_is_a_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();

    let data = Some(file.path().to_owned());
    let outcome = serve(listener, data, &Faults::default(), Reporter::default(), CancellationToken::new()).await;

    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("cannot be opened") && failure.contains("`--data`"), "{failure}");
}

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
