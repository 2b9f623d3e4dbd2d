//! The AWS configuration of a function, read once.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement as management;
use aws_sdk_dynamodb as dynamodb;

use crate::{Endpoint, Error};

/// How long one attempt of a call may take. Services of the region answer within tens of milliseconds; the first call of a
/// small function spends most of a second on TLS.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a call may take with all its attempts. Two in a row must fit into the timeout of any function.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(4_000);
/// How long a post may take with all its attempts: a client that does not read must not hold up the others.
const POST_TIMEOUT: Duration = Duration::from_millis(2_000);
/// Wait before the second attempt, at most; it doubles for the third. The SDK's own second is longer than most answers.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// What every SDK client of a function is made of, read once at start.
#[derive(Clone, Debug)]
pub struct Aws {
    config: aws_config::SdkConfig,
    dynamodb: dynamodb::Client,
    management_url: Option<String>,
}

impl Aws {
    /// Reads region, credentials and endpoint overrides from the environment that Lambda sets. No other provider is
    /// asked: profiles, IMDS and web identities do not exist inside a function.
    ///
    /// # Errors
    /// `AWS_REGION` is not set.
    pub async fn from_environment() -> Result<Self, Error> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(variable("AWS_REGION")?))
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .retry_config(RetryConfig::standard().with_initial_backoff(INITIAL_BACKOFF))
            .timeout_config(timeouts(OPERATION_TIMEOUT))
            .load()
            .await;
        let dynamodb = dynamodb::Client::new(&config);
        let management_url = std::env::var("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI").ok();
        Ok(Self { config, dynamodb, management_url })
    }

    /// The region that the function runs in.
    pub fn region(&self) -> &str {
        self.config.region().map(AsRef::as_ref).unwrap_or_default()
    }

    /// What clients of other services are made of.
    pub fn config(&self) -> &aws_config::SdkConfig {
        &self.config
    }

    /// The client for the function's tables; clones share its connections.
    pub fn dynamodb(&self) -> &dynamodb::Client {
        &self.dynamodb
    }

    /// A client for the stage at `endpoint`, unless the SDK's own variable names another URL.
    pub(crate) fn management(&self, endpoint: &Endpoint) -> management::Client {
        let url = self.management_url.as_deref().unwrap_or(endpoint.as_str());
        let config = management::config::Builder::from(&self.config).endpoint_url(url);
        let config = config.timeout_config(timeouts(POST_TIMEOUT));
        management::Client::from_conf(config.build())
    }
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(operation).build()
}

/// Reads a variable of the function's environment.
///
/// # Errors
/// [`Error::MissingVariable`], by name.
pub fn variable(name: &'static str) -> Result<String, Error> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(Error::MissingVariable(name))
}
