//! The tables of a template, and the file that keeps their rows.

use local_cli::dynamodb::{create_tables, serve};
use local_core::events::Reporter;
use local_core::faults::Faults;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::harness::{Server, item, table};

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
