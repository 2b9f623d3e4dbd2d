//! The AWS configuration of a function, read once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb as dynamodb;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::{Error, Management};

/// The longest attempt of a call. Services of the region answer within tens of milliseconds; the first call of a small
/// function spends most of a second on TLS.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The longest call with all its attempts. Two in a row must fit into the timeout of any function.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(4_000);
/// How long a function's start may wait for connections: a client may wait for the start.
pub(crate) const WARM_UP_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest wait before the second attempt; it doubles for the third. The SDK's own second is longer than most answers.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The configuration that every SDK client of a function is made of. Clones share their clients.
///
/// [`serve`](crate::serve) reads it once at start and hands it to the set-up:
///
/// ```no_run
/// use parlor::{Aws, Error, Sockets};
///
/// struct App {
///     sockets: Sockets,
///     queue: aws_sdk_lambda::Client,
/// }
///
/// async fn app(aws: Aws) -> Result<App, Error> {
///     Ok(App { sockets: Sockets::from_environment(&aws)?, queue: aws_sdk_lambda::Client::new(aws.config()) })
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    management_url: Option<String>,
    dynamodb: Arc<OnceLock<dynamodb::Client>>,
}

impl Aws {
    /// Clients made of `config`, for programs that configure the SDK themselves.
    pub fn new(config: SdkConfig) -> Self {
        Self { config, management_url: None, dynamodb: Arc::default() }
    }

    /// Reads region, credentials and endpoint overrides from the environment that Lambda sets. No other provider is
    /// asked: profiles, IMDS and web identities do not exist inside a function.
    ///
    /// # Errors
    /// `AWS_REGION` is not set.
    pub async fn from_environment() -> Result<Self, Error> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(variable("AWS_REGION")?))
            .http_client(http_client())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .retry_config(RetryConfig::standard().with_initial_backoff(INITIAL_BACKOFF))
            .timeout_config(timeouts(OPERATION_TIMEOUT))
            .load()
            .await;
        let management_url = std::env::var("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI").ok();
        Ok(Self { management_url, ..Self::new(config) })
    }

    /// Uses another client for the tables, with an endpoint of its own for example.
    #[must_use]
    pub fn with_dynamodb(self, client: dynamodb::Client) -> Self {
        Self { dynamodb: Arc::new(OnceLock::from(client)), ..self }
    }

    /// The region that the function runs in.
    pub fn region(&self) -> &str {
        self.config.region().map(AsRef::as_ref).unwrap_or_default()
    }

    /// The configuration for clients of other services.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The client for the function's tables, made at the first call.
    pub fn dynamodb(&self) -> &dynamodb::Client {
        self.dynamodb.get_or_init(|| dynamodb::Client::new(&self.config))
    }

    /// Opens connections to DynamoDB, so that the first event does not wait for TLS: call it at the end of a function's set-up,
    /// with the number of calls that an event makes at the same time. It takes at most 1 s, and its outcome is ignored.
    ///
    /// Each connection sends an empty batch, which DynamoDB rejects before it looks at a table: it needs no permission, and
    /// costs nothing.
    ///
    /// ```
    /// use parlor::{Aws, Error, Sockets};
    ///
    /// async fn set_up(aws: Aws) -> Result<Sockets, Error> {
    ///     let sockets = Sockets::from_environment(&aws)?;
    ///     tokio::join!(aws.warm_up(1), sockets.warm_up());
    ///     Ok(sockets)
    /// }
    /// ```
    pub async fn warm_up(&self, connections: usize) {
        let client = self.dynamodb();
        let calls = (0..connections).map(|_| {
            let empty = client.batch_get_item().set_request_items(Some(HashMap::new()));
            Box::pin(empty.send())
        });
        let _rejected = timeout(WARM_UP_TIMEOUT, join_all(calls)).await;
    }

    /// The clients of the management API. The SDK's own variable for its endpoint, if set, wins over the endpoint of a peer.
    pub fn management(&self) -> Management {
        Management::new(self.config.clone(), self.management_url.clone())
    }
}

/// The SDK's own HTTP client, but one for all SDK clients of a function: they share TLS configuration and connections.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

/// The timeouts of calls that may take so long in all.
pub(crate) fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(operation).build()
}

/// Reads a variable of the function's environment. An empty one counts as not set.
///
/// # Errors
/// [`Error::MissingVariable`], with its name.
///
/// ```
/// assert!(parlor::variable("SCORES_TABLE").is_err());
/// ```
pub fn variable(name: &'static str) -> Result<String, Error> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(Error::MissingVariable(name))
}
