//! The AWS configuration of a function: one set of credentials, one pool of connections.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement as management;
use aws_sdk_dynamodb as dynamodb;

use crate::{Endpoint, Error};

/// How long a connection to a service may take. Within a region it takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_000);
/// How long one attempt of a call may take before it is tried again. DynamoDB and the management API answer within tens
/// of milliseconds; three attempts must fit well into a function's timeout.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_500);

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
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(variable("AWS_REGION")?))
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .timeout_config(timeouts)
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

    /// The client for the function's tables; clones share its connections.
    pub fn dynamodb(&self) -> &dynamodb::Client {
        &self.dynamodb
    }

    /// A client for the stage at `endpoint`, unless the SDK's own variable names another URL.
    pub(crate) fn management(&self, endpoint: &Endpoint) -> management::Client {
        let url = self.management_url.as_deref().unwrap_or(endpoint.as_str());
        let config = management::config::Builder::from(&self.config).endpoint_url(url);
        management::Client::from_conf(config.build())
    }
}

/// Reads a variable of the function's environment.
///
/// # Errors
/// [`Error::MissingVariable`], by name.
pub fn variable(name: &'static str) -> Result<String, Error> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(Error::MissingVariable(name))
}
