//! The chat service: its control plane through the real SDK, its rooms through sockets.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_ivschat::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_ivschat::config::{BehaviorVersion, ConfigBag, Intercept, Region, RuntimeComponents};
use aws_sdk_ivschat::error::BoxError;
use aws_sdk_ivschat::types::ChatTokenCapability;
use serde_json::{Value, json};

use super::{Client, Stack};

/// A row of a table.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// The ARN of a function that is called `ReviewFunction` in a template.
pub(crate) const REVIEW_FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:ReviewFunction";

/// What a story's users may do unless it says otherwise.
pub(crate) const MAY_SPEAK: &[ChatTokenCapability] = &[ChatTokenCapability::SendMessage];

/// Signs for this service. As the README tells users of the Rust SDK, the control plane needs `execute-api`.
#[derive(Debug)]
pub(crate) struct SignAs(pub(crate) &'static str);

impl Intercept for SignAs {
    fn name(&self) -> &'static str {
        "SignAs"
    }

    fn modify_before_signing(
        &self,
        _context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(aws_types::SigningName::from_static(self.0));
        Ok(())
    }
}

/// A stack with the chat service, and a room in it.
pub(crate) struct Chat {
    pub(crate) stack: Stack,
    pub(crate) control: aws_sdk_ivschat::Client,
    pub(super) http: reqwest::Client,
}

impl Chat {
    pub(crate) async fn start() -> Self {
        Self::on(Stack::start("template.yaml").await)
    }

    pub(crate) fn on(stack: Stack) -> Self {
        let config = control_config(&stack).interceptor(SignAs("execute-api")).build();
        Self { stack, control: aws_sdk_ivschat::Client::from_conf(config), http: reqwest::Client::new() }
    }

    /// Makes a room: its ARN.
    pub(crate) async fn room(&self) -> String {
        let room = self.control.create_room().name("lobby").send().await.expect("a room is made");
        room.arn.expect("a room has an ARN")
    }

    /// Makes a token for `user` in `room`.
    pub(crate) async fn token(&self, room: &str, user: &str, may: &[ChatTokenCapability]) -> String {
        let token = self.control.create_chat_token().room_identifier(room).user_id(user);
        let token = token.set_capabilities(Some(may.to_vec())).send().await.expect("a token is made");
        token.token.expect("a token has a secret")
    }

    /// Makes a token and opens a connection with it.
    pub(crate) async fn join(&self, room: &str, user: &str) -> Client {
        self.join_with(room, user, MAY_SPEAK).await
    }

    /// As [`Self::join`], with other capabilities.
    pub(crate) async fn join_with(&self, room: &str, user: &str, may: &[ChatTokenCapability]) -> Client {
        let token = self.token(room, user, may).await;
        self.stack.connect(&[&token]).await.expect("a fresh token opens a connection")
    }

    /// Writes a row like `row`, for another connection of the same room.
    pub(crate) async fn write_connection(&self, row: &Row, user: &str, connection: &str, connected_at: u128) {
        let mut row = row.clone();
        row.insert("member".to_owned(), AttributeValue::S(format!("{}:{user}:{connection}", user.len())));
        row.insert("connectedAt".to_owned(), AttributeValue::N(connected_at.to_string()));
        let put = self.stack.dynamodb().put_item().table_name("Connections").set_item(Some(row)).send().await;
        put.expect("a row can be written");
    }

    /// A round of the keepalive, as the schedule asks for it.
    pub(crate) async fn keep_up(&self) {
        assert!(self.stack.invoke("KeepaliveFunction").await, "the round failed:\n{}", self.stack.parlor().log());
    }

    /// Empties the table of connections, and closes none.
    pub(crate) async fn forget_all_connections(&self) {
        for mut row in self.rows("Connections").await {
            row.retain(|name, _| name == "group" || name == "member");
            let delete = self.stack.dynamodb().delete_item().table_name("Connections").set_key(Some(row)).send().await;
            delete.expect("a row can be deleted");
        }
    }

    /// Makes all connections older than they are, as the table knows them.
    pub(crate) async fn age_connections(&self, by: Duration) {
        let milliseconds = u64::try_from(by.as_millis()).expect("an age");
        self.turn_back("connectedAt", milliseconds).await;
    }

    /// Moves the end of all sessions, as the table of connections knows them.
    pub(crate) async fn end_sessions_earlier(&self, by: Duration) {
        self.turn_back("endsAt", by.as_secs()).await;
    }

    async fn turn_back(&self, attribute: &str, by: u64) {
        for mut row in self.rows("Connections").await {
            let time: u64 = row[attribute].as_n().ok().and_then(|time| time.parse().ok()).expect("a time");
            row.insert(attribute.to_owned(), AttributeValue::N((time - by).to_string()));
            let put = self.stack.dynamodb().put_item().table_name("Connections").set_item(Some(row)).send().await;
            put.expect("a row can be written");
        }
    }

    /// Sets a counter of this second and of the next ones, for a room or an operation.
    pub(crate) async fn count_ahead(&self, subject: &str, counter: &str, count: u64) {
        let now = std::time::UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs();
        for second in now..now + 30 {
            let put = self.stack.dynamodb().put_item().table_name("Counters");
            let put = put.item("counter", AttributeValue::S(format!("{subject}#{second}")));
            let put = put.item(counter, AttributeValue::N(count.to_string())).send().await;
            put.expect("an item can be written");
        }
    }

    /// Sets the number of rooms of the stack.
    pub(crate) async fn set_room_count(&self, count: u64) {
        let put = self.stack.dynamodb().put_item().table_name("Rooms");
        let put = put.item("roomId", AttributeValue::S("rooms".to_owned()));
        let put = put.item("item", AttributeValue::S("count".to_owned()));
        let put = put.item("rooms", AttributeValue::N(count.to_string())).send().await;
        put.expect("an item can be written");
    }

    /// All rows of the table that the template calls `logical_id`.
    pub(crate) async fn rows(&self, table: &str) -> Vec<Row> {
        let scanned = self.stack.dynamodb().scan().table_name(table).consistent_read(true).send().await;
        scanned.expect("the table can be scanned").items.unwrap_or_default()
    }
}

/// A client of the control plane that signs as it does for the real service.
pub(crate) fn control_config(stack: &Stack) -> aws_sdk_ivschat::config::Builder {
    aws_sdk_ivschat::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(stack.control_url())
        .region(Region::new("us-east-1"))
        .credentials_provider(stack.credentials())
}

/// The present, as rows of connections have it.
pub(crate) fn milliseconds_since_epoch() -> u128 {
    std::time::UNIX_EPOCH.elapsed().expect("it is past 1970").as_millis()
}

/// A message as clients send it.
pub(crate) fn message(request_id: &str, content: &str) -> Value {
    json!({ "Action": "SEND_MESSAGE", "RequestId": request_id, "Content": content })
}
