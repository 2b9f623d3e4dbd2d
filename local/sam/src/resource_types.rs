//! Which resource types are served, and which of the others matter nothing on one machine.

/// The HTTP API that SAM makes for events that name none.
pub(super) const IMPLICIT_HTTP_API: &str = "ServerlessHttpApi";

/// A SAM function.
pub(super) const SERVERLESS_FUNCTION: &str = "AWS::Serverless::Function";
/// A classic function.
pub(super) const FUNCTION: &str = "AWS::Lambda::Function";
/// An alias of a function: every version is the code at hand.
pub(super) const ALIAS: &str = "AWS::Lambda::Alias";
/// A version of a function.
pub(super) const VERSION: &str = "AWS::Lambda::Version";
/// A SAM WebSocket API.
pub(super) const WEB_SOCKET_API: &str = "AWS::Serverless::WebSocketApi";
/// A SAM HTTP API.
pub(super) const HTTP_API: &str = "AWS::Serverless::HttpApi";
/// A SAM table with one key.
pub(super) const SIMPLE_TABLE: &str = "AWS::Serverless::SimpleTable";
/// A DynamoDB table.
pub(super) const TABLE: &str = "AWS::DynamoDB::Table";
/// A DynamoDB table in several regions, of which this is one.
pub(super) const GLOBAL_TABLE: &str = "AWS::DynamoDB::GlobalTable";
/// A classic WebSocket or HTTP API.
pub(super) const API: &str = "AWS::ApiGatewayV2::Api";
/// A route of a classic API.
pub(super) const ROUTE: &str = "AWS::ApiGatewayV2::Route";
/// What says that a route answers.
pub(super) const ROUTE_RESPONSE: &str = "AWS::ApiGatewayV2::RouteResponse";
/// Where a classic route ends.
pub(super) const INTEGRATION: &str = "AWS::ApiGatewayV2::Integration";
/// What a non-proxy integration's result becomes.
pub(super) const INTEGRATION_RESPONSE: &str = "AWS::ApiGatewayV2::IntegrationResponse";
/// Who decides on a classic route.
pub(super) const AUTHORIZER: &str = "AWS::ApiGatewayV2::Authorizer";
/// A stage of a classic API.
pub(super) const STAGE: &str = "AWS::ApiGatewayV2::Stage";
/// What leads from a custom domain to a classic API.
pub(super) const API_MAPPING: &str = "AWS::ApiGatewayV2::ApiMapping";
/// An API key, of REST and WebSocket APIs alike.
pub(super) const API_KEY: &str = "AWS::ApiGateway::ApiKey";
/// What lets a service invoke a function.
pub(super) const PERMISSION: &str = "AWS::Lambda::Permission";
/// SAM's way to write permissions.
pub(super) const CONNECTOR: &str = "AWS::Serverless::Connector";
/// A rule of EventBridge, which may be a schedule.
pub(super) const RULE: &str = "AWS::Events::Rule";
/// A schedule of EventBridge Scheduler.
pub(super) const SCHEDULE: &str = "AWS::Scheduler::Schedule";

/// Types that the stack serves, or that belong to one it serves.
const SERVED: [&str; 19] = [
    SERVERLESS_FUNCTION,
    FUNCTION,
    WEB_SOCKET_API,
    HTTP_API,
    SIMPLE_TABLE,
    TABLE,
    GLOBAL_TABLE,
    API,
    ROUTE,
    ROUTE_RESPONSE,
    INTEGRATION,
    INTEGRATION_RESPONSE,
    AUTHORIZER,
    STAGE,
    API_KEY,
    PERMISSION,
    CONNECTOR,
    RULE,
    SCHEDULE,
];

/// Types that only ever allow something: where their condition cannot be told, they count.
pub(super) const ALLOWING: [&str; 4] = [API_KEY, API_MAPPING, CONNECTOR, PERMISSION];

/// Types whose `Ref` follows from their properties.
pub(super) const NAMED: [&str; 9] =
    [WEB_SOCKET_API, HTTP_API, SIMPLE_TABLE, TABLE, GLOBAL_TABLE, API, STAGE, ALIAS, VERSION];

/// Types whose id, which `Ref` gives, is an attribute as well.
pub(super) const ID_ATTRIBUTES: [(&str, &str); 5] = [
    (API_KEY, "APIKeyId"),
    (AUTHORIZER, "AuthorizerId"),
    (INTEGRATION, "IntegrationId"),
    (INTEGRATION_RESPONSE, "IntegrationResponseId"),
    (ROUTE, "RouteId"),
];

/// Beginnings of types without a local meaning, and why: a template that has them works here as on AWS.
const WITHOUT_LOCAL_MEANING: [(&str, &str); 37] = [
    (ALIAS, "every alias is the code at hand"),
    (VERSION, "every version is the code at hand"),
    ("AWS::Lambda::CodeSigningConfig", "built binaries are not signed"),
    ("AWS::IAM::", "nothing is forbidden to anybody"),
    ("AWS::SSO::", "nothing is forbidden to anybody"),
    ("AWS::S3::BucketPolicy", "nothing is forbidden to anybody"),
    ("AWS::SNS::TopicPolicy", "nothing is forbidden to anybody"),
    ("AWS::SQS::QueuePolicy", "nothing is forbidden to anybody"),
    ("AWS::KMS::", "nothing is encrypted"),
    ("AWS::Logs::", "logs go to the terminal"),
    ("AWS::CloudWatch::", "nothing is measured"),
    ("AWS::Synthetics::", "nothing is measured"),
    ("AWS::XRay::", "nothing is traced"),
    ("AWS::ApplicationInsights::", "nothing is measured"),
    ("AWS::ResourceGroups::", "resources are grouped for the console only"),
    ("AWS::Budgets::", "nothing costs anything"),
    ("AWS::CE::", "nothing costs anything"),
    ("AWS::ApplicationAutoScaling::", "nothing is scaled"),
    ("AWS::CodeDeploy::", "the code at hand is deployed at once"),
    ("AWS::ApiGateway::Account", "logs go to the terminal"),
    ("AWS::ApiGatewayV2::Deployment", "the template at hand is deployed at once"),
    ("AWS::ApiGatewayV2::DomainName", "everything is reached at its own port"),
    (API_MAPPING, "everything is reached at its own port"),
    ("AWS::Route53::", "everything is reached at its own port"),
    ("AWS::CertificateManager::", "everything is reached at its own port"),
    ("AWS::WAFv2::", "everything is reached at its own port"),
    ("AWS::EC2::SecurityGroup", "everything is reached at its own port"),
    ("AWS::EC2::VPC", "everything is reached at its own port"),
    ("AWS::EC2::Subnet", "everything is reached at its own port"),
    ("AWS::EC2::Route", "everything is reached at its own port"),
    ("AWS::EC2::InternetGateway", "everything is reached at its own port"),
    ("AWS::EC2::NatGateway", "everything is reached at its own port"),
    ("AWS::EC2::FlowLog", "nothing is measured"),
    ("AWS::EC2::NetworkAcl", "everything is reached at its own port"),
    ("AWS::EC2::EIP", "everything is reached at its own port"),
    ("AWS::CloudFormation::WaitConditionHandle", "a stack that only groups has nothing to do"),
    ("AWS::CDK::Metadata", "it is for statistics only"),
];

/// Whether a resource of this type is served.
pub(super) fn is_served(kind: &str) -> bool {
    SERVED.contains(&kind)
}

/// Whether leaving a resource of this type out changes what functions and clients see.
pub(super) fn is_missed(kind: &str) -> bool {
    !is_served(kind) && !WITHOUT_LOCAL_MEANING.iter().any(|(beginning, _reason)| kind.starts_with(beginning))
}
