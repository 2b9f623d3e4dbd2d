//! A backend in memory.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::events::fanout_event;
use super::recorder::Recorder;
use crate::{Aws, FanoutEvent, FanoutQueue, Sockets};

/// The table of connections.
const CONNECTIONS: &str = "Connections";

/// What a handler needs, in memory: a table of connections, an embedded DynamoDB for further tables, and a recorder in place of
/// API Gateway's management API and of Lambda.
///
/// Each backend has its own, so tests can run at the same time. It ends when it is dropped.
///
/// ```
/// use parlor::testing::Backend;
/// use parlor::SendOutcome;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), parlor::Error> {
/// let backend = Backend::start().await;
/// let peer = backend.peer("Ada=");
/// assert_eq!(backend.sockets().send(&peer, "hello").await?, SendOutcome::Sent);
/// backend.close("Ada=");
/// assert_eq!(backend.sockets().send(&peer, "are you there?").await?, SendOutcome::Stale);
/// assert_eq!(backend.sent_to("Ada="), ["hello"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Backend {
    aws: Aws,
    recorder: Recorder,
    database: JoinHandle<()>,
}

impl Backend {
    /// Starts the embedded DynamoDB, with an empty table of connections. Must be called within a Tokio runtime.
    ///
    /// # Panics
    /// The database does not start.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let database = Database::memory().expect("an embedded database");
        let database = tokio::spawn(dynoxide::server::serve_on(listener, database));

        let recorder = Recorder::default();
        let credentials = Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let client = aws_sdk_dynamodb::Client::new(&config.to_builder().endpoint_url(endpoint).build());
        let config = config.into_builder().http_client(recorder.clone()).build();
        let aws = Aws::new(config).with_dynamodb(client);
        let backend = Self { aws, recorder, database };
        backend.create_table(CONNECTIONS, "group", Some("member")).await;
        backend
    }

    /// The configuration for further clients and tables of the application.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The connections.
    pub fn sockets(&self) -> Sockets {
        Sockets::new(self.aws.dynamodb().clone(), CONNECTIONS, self.aws.management())
    }

    /// A queue whose jobs [`Self::take_fanout_events`] returns.
    pub fn fanout_queue(&self) -> FanoutQueue {
        FanoutQueue::new(aws_sdk_lambda::Client::new(self.aws.config()), "fanout")
    }

    /// Creates a further table; its keys are texts.
    ///
    /// # Panics
    /// The table exists.
    pub async fn create_table(&self, name: &str, partition_key: &str, sort_key: Option<&str>) {
        let mut create = self.aws.dynamodb().create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for (key, kind) in [(Some(partition_key), KeyType::Hash), (sort_key, KeyType::Range)] {
            let Some(key) = key else { continue };
            let definition = AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S);
            let element = KeySchemaElement::builder().attribute_name(key).key_type(kind);
            create = create
                .attribute_definitions(definition.build().expect("a complete definition"))
                .key_schema(element.build().expect("a complete key"));
        }
        if let Err(error) = create.send().await {
            panic!("the table `{name}` is not created: {}", crate::logging::Chain(&error));
        }
    }

    /// The peer of a connection, as events of this module have it.
    pub fn peer(&self, id: &str) -> crate::Peer {
        super::connect(id).build().peer
    }

    /// The frames that were sent to a connection, in order.
    pub fn sent_to(&self, id: &str) -> Vec<String> {
        let calls = self.recorder.calls();
        calls.sent.iter().filter(|(to, _)| to == id).map(|(_, frame)| frame.clone()).collect()
    }

    /// All frames that were sent, in order, with their connections.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.recorder.calls().sent.clone()
    }

    /// The connections that handlers closed, in order.
    pub fn disconnected(&self) -> Vec<String> {
        self.recorder.calls().disconnected.clone()
    }

    /// Closes a connection: from now on, it answers 410.
    pub fn close(&self, id: &str) {
        self.recorder.calls().closed.insert(id.to_owned());
    }

    /// The jobs that were queued since the last call, as the fan-out function gets them.
    pub fn take_fanout_events(&self) -> Vec<FanoutEvent> {
        let invocations = std::mem::take(&mut self.recorder.calls().invocations);
        invocations.into_iter().map(fanout_event).collect()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.database.abort();
    }
}
