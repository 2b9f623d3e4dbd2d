//! Which resource types are served, and which of the others matter nothing on one machine.

/// A function.
pub(crate) const FUNCTION: &str = "AWS::Lambda::Function";
/// An alias of a function: every version is the code at hand.
pub(crate) const ALIAS: &str = "AWS::Lambda::Alias";
/// A version of a function.
pub(crate) const VERSION: &str = "AWS::Lambda::Version";
/// How asynchronous invocations of a function are retried.
pub(crate) const EVENT_INVOKE_CONFIG: &str = "AWS::Lambda::EventInvokeConfig";
/// A DynamoDB table.
pub(crate) const TABLE: &str = "AWS::DynamoDB::Table";
/// A DynamoDB table in several regions, of which this is one.
pub(crate) const GLOBAL_TABLE: &str = "AWS::DynamoDB::GlobalTable";
/// A WebSocket or HTTP API.
pub(crate) const API: &str = "AWS::ApiGatewayV2::Api";
/// A route of an API.
pub(crate) const ROUTE: &str = "AWS::ApiGatewayV2::Route";
/// What says that a route answers.
pub(crate) const ROUTE_RESPONSE: &str = "AWS::ApiGatewayV2::RouteResponse";
/// Where a route ends.
pub(crate) const INTEGRATION: &str = "AWS::ApiGatewayV2::Integration";
/// What a non-proxy integration's result becomes.
pub(crate) const INTEGRATION_RESPONSE: &str = "AWS::ApiGatewayV2::IntegrationResponse";
/// What authorizes a route.
pub(crate) const AUTHORIZER: &str = "AWS::ApiGatewayV2::Authorizer";
/// A stage of an API.
pub(crate) const STAGE: &str = "AWS::ApiGatewayV2::Stage";
/// What leads from a custom domain to an API.
pub(crate) const API_MAPPING: &str = "AWS::ApiGatewayV2::ApiMapping";
/// An API key, of REST and WebSocket APIs alike.
pub(crate) const API_KEY: &str = "AWS::ApiGateway::ApiKey";
/// What lets a service invoke a function.
pub(crate) const PERMISSION: &str = "AWS::Lambda::Permission";
/// A stack of its own, whose template may be a local file.
pub(crate) const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
/// A rule of EventBridge, which may be a schedule.
pub(crate) const RULE: &str = "AWS::Events::Rule";
/// A schedule of EventBridge Scheduler.
pub(crate) const SCHEDULE: &str = "AWS::Scheduler::Schedule";

/// Types that the stack serves, or that belong to one it serves.
const SERVED: [&str; 16] = [
    NESTED_STACK,
    FUNCTION,
    EVENT_INVOKE_CONFIG,
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
    RULE,
    SCHEDULE,
];

/// Types without which the rest is served: where their condition cannot be told, they are left out.
pub(crate) const OPTIONAL: [&str; 2] = [EVENT_INVOKE_CONFIG, NESTED_STACK];

/// Types that only ever allow something: where their condition cannot be told, they count.
pub(crate) const ALLOWING: [&str; 3] = [API_KEY, API_MAPPING, PERMISSION];

/// Types whose id, which `Ref` gives, is an attribute as well.
pub(crate) const ID_ATTRIBUTES: [(&str, &str); 5] = [
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
    ("AWS::IAM::", "nothing is denied"),
    ("AWS::SSO::", "nothing is denied"),
    ("AWS::S3::BucketPolicy", "nothing is denied"),
    ("AWS::SNS::TopicPolicy", "nothing is denied"),
    ("AWS::SQS::QueuePolicy", "nothing is denied"),
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
pub(crate) fn is_served(kind: &str) -> bool {
    SERVED.contains(&kind)
}

/// Whether leaving a resource of this type out changes what functions and clients see.
pub(crate) fn is_missed(kind: &str) -> bool {
    !is_served(kind) && !WITHOUT_LOCAL_MEANING.iter().any(|(beginning, _reason)| kind.starts_with(beginning))
}
