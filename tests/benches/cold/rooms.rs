//! Rooms with their members, written by the chat's own code.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use chat::{CreateChatToken, CreateRoom, Owner, Rooms, Tokens};
use serde_json::{Value, json};

use super::server::Server;
use crate::audience::{self, Row};

pub(crate) const DOMAIN_NAME: &str = "abcdef1234.execute-api.us-east-1.amazonaws.com";
/// The endpoint of all connections, as on AWS.
pub(crate) const ENDPOINT: &str = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev";
/// The connection id of the first member that [`audience::remember`] writes.
pub(crate) const SENDER: &str = "000000000000000=";

/// A room, and what its first member needs to send a message.
pub(crate) struct Room {
    /// Connections in it.
    pub(crate) connections: usize,
    /// The sender's token.
    pub(crate) token: String,
    /// What API Gateway repeats in every event of the sender.
    pub(crate) authorizer_context: Value,
}

/// Makes a room with so many connections. Its authorizer context is still `null`.
pub(crate) async fn make(database: &Server, connections: usize) -> Room {
    let client = client(database);
    let request = CreateRoom::parse(b"{}").expect("a valid request");
    let owner = Owner { account_id: "123456789012".to_owned(), region: "us-east-1".to_owned() };
    let room = Rooms::new(client.clone(), "Rooms").create(request, &owner).await.expect("the database answers");
    let room = room.expect("a room can be made");
    let user = audience::user(0, ENDPOINT);
    let request = json!({
        "roomIdentifier": room.arn.as_str(), "userId": user, "capabilities": ["SEND_MESSAGE"],
        "attributes": { "username": "Ada" },
    });
    let request = CreateChatToken::parse(request.to_string().as_bytes()).expect("a valid request");
    let issued = Tokens::new(client.clone(), "Tokens").issue(request).await.expect("the database answers");
    let rows = (0..connections).map(|number| Row {
        group: room.id.clone(),
        user: audience::user(number, ENDPOINT),
        endpoint: ENDPOINT.to_owned(),
    });
    audience::remember(&client, rows).await;
    Room { connections, token: issued.token, authorizer_context: Value::Null }
}

fn client(database: &Server) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{}", database.address()))
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .build();
    Client::from_conf(config)
}
