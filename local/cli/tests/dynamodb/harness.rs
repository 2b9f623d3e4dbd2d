//! An embedded database, and how tests call it.

use std::path::Path;
use std::time::Duration;

use local_cli::dynamodb::{create_tables, serve};
use local_core::events::Reporter;
use local_core::faults::{Faults, Named, Plan, Scope};
use local_sam::Table;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
const AUTHORIZATION: &str =
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

/// An embedded database.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(data: Option<&Path>) -> Self {
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
    pub(crate) async fn start_with_faults(faults: &str, tables: Vec<Table>) -> Self {
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

    pub(crate) async fn call(&self, operation: &str, body: Value) -> (u16, Value) {
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

    pub(crate) async fn ask(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.call(operation, body).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the server ends soon").unwrap();
    }
}

/// A proxy for the outside world has no business between a test and its server.
pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn table(name: &str, time_to_live: Option<&str>) -> Table {
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

pub(crate) fn item(group: &str, member: &str) -> Value {
    json!({"group": {"S": group}, "member": {"S": member}})
}
