//! A template with every intrinsic resolved: what the services serve.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use local_core::failure::Failure;
use local_core::invocation::FunctionReference;

use crate::secrets::HiddenValues;

/// Everything of a template that the local stack can serve, and words about what it cannot.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// WebSocket APIs in the order of their logical ids.
    pub web_socket_apis: Vec<WebSocketApi>,
    /// HTTP APIs in the order of their logical ids.
    pub http_apis: Vec<HttpApi>,
    /// Functions in the order of their logical ids.
    pub functions: Vec<Function>,
    /// DynamoDB tables in the order of their logical ids.
    pub tables: Vec<Table>,
    /// Schedules that invoke functions.
    pub schedules: Vec<Schedule>,
    /// One sentence for each thing that the template asks for and the local stack does not emulate.
    pub warnings: Vec<String>,
    /// The values of parameters with `NoEcho`: [`Template::hide`] removes them from messages.
    pub hidden: HiddenValues,
}

impl Template {
    /// `failure` without the values of parameters with `NoEcho`, which names and expressions of the template can contain.
    pub fn hide(&self, failure: &Failure) -> Failure {
        Failure::new(self.hidden.hide(failure.message()), self.hidden.hide(failure.hint()))
    }

    /// Adds what a nested stack serves.
    pub(crate) fn extend(&mut self, nested: Self) {
        self.web_socket_apis.extend(nested.web_socket_apis);
        self.web_socket_apis.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
        self.http_apis.extend(nested.http_apis);
        self.http_apis.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
        self.functions.extend(nested.functions);
        self.functions.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
        self.tables.extend(nested.tables);
        self.tables.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
        self.schedules.extend(nested.schedules);
        self.warnings.extend(nested.warnings);
    }
}

/// A WebSocket API with its one stage.
#[derive(Clone, Debug)]
pub struct WebSocketApi {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// Ten lower-case letters and digits, the same at every start.
    pub api_id: String,
    /// The first segment of the API's path.
    pub stage: String,
    /// Such as `$request.body.action`.
    pub route_selection_expression: String,
    /// Routes by route key, `$connect`, `$disconnect` and `$default` among them.
    pub routes: BTreeMap<String, Route>,
    /// Who decides on `$connect`.
    pub authorization: Authorization,
    /// Which API keys open routes that ask for one.
    pub api_keys: ApiKeys,
    /// `stageVariables` of every event.
    pub stage_variables: BTreeMap<String, String>,
    /// Whether all clients are rejected: the API has `DisableExecuteApiEndpoint` and no custom domain.
    pub is_disabled: bool,
}

/// A route of a WebSocket API.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where it ends.
    pub integration: Integration,
    /// How long API Gateway waits for the integration: 50 ms to 29 s.
    pub timeout: Duration,
    /// Whether the integration's answer is sent to the client: the route and a route response resource both say so.
    pub returns_response: bool,
    /// How often the route may be used, if the stage says.
    pub throttle: Option<Throttle>,
    /// Whether `ApiKeyRequired` is set. It matters on `$connect`: messages carry no key.
    pub requires_api_key: bool,
}

/// Where a route of a WebSocket API ends.
#[derive(Clone, Debug)]
pub enum Integration {
    /// `AWS_PROXY` with a Lambda function.
    Lambda(Invocable),
    /// `MOCK`: API Gateway itself answers.
    Mock(Mock),
}

/// A function, as API Gateway knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocable {
    /// The function, with the alias that it is invoked by.
    pub function: FunctionReference,
    /// Whether the template lets API Gateway invoke it, with an `AWS::Lambda::Permission` or with credentials.
    pub is_permitted: bool,
}

/// A mock integration. Its mapping templates are texts with `$context.…`, `$input.…` and `$stageVariables.…` in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mock {
    /// The request template: JSON with a number `statusCode`, which selects a response.
    pub request: String,
    /// Templates of integration responses by their key: a status code, a pattern between slashes, or `$default`. One
    /// without a template has nothing to say.
    pub responses: BTreeMap<String, Option<String>>,
}

/// `ThrottlingRateLimit` and `ThrottlingBurstLimit` of a route or its stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// Requests a second.
    pub rate: f64,
    /// Requests at once.
    pub burst: u32,
}

/// The API keys of a template. Usage plans, which tie keys to stages on AWS, do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeys {
    /// Where a handshake has its key.
    pub source: ApiKeySource,
    /// The keys that count. `None` means any that is not empty: the template does not know them all.
    pub values: Option<BTreeSet<String>>,
}

/// `ApiKeySelectionExpression`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// `$request.header.x-api-key`
    #[default]
    Header,
    /// `$context.authorizer.usageIdentifierKey`: the `usageIdentifierKey` that the Lambda authorizer returns.
    Authorizer,
}

/// Who decides on the handshakes of a WebSocket API.
#[derive(Clone, Debug)]
pub enum Authorization {
    /// Nobody: everyone may connect.
    None,
    /// `AWS_IAM`: a handshake must be signed.
    Iam,
    /// A Lambda authorizer.
    Lambda(Authorizer),
}

/// A Lambda authorizer of type REQUEST.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// The function.
    pub invocable: Invocable,
    /// All of them must be present and not empty, else the answer is 401 and no function is called.
    pub identity_sources: Vec<IdentitySource>,
}

/// Where an authorizer finds the caller's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// `route.request.header.NAME`
    Header(String),
    /// `route.request.querystring.NAME`
    QueryString(String),
    /// `stageVariables.NAME`
    StageVariable(String),
    /// `context.NAME`
    Context(String),
}

/// An HTTP API.
#[derive(Clone, Debug)]
pub struct HttpApi {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// Ten lower-case letters and digits, the same at every start.
    pub api_id: String,
    /// `$default`, or a name that begins every path.
    pub stage: String,
    /// The routes in the order of their functions' logical ids and their events' names.
    pub routes: Vec<HttpRoute>,
    /// `stageVariables` of every event.
    pub stage_variables: BTreeMap<String, String>,
}

/// A route of an HTTP API that ends at a function.
#[derive(Clone, Debug)]
pub struct HttpRoute {
    /// `None` means `ANY`, and for the `$default` route.
    pub method: Option<Method>,
    /// A path such as `/tags/{resourceArn+}`, or `$default`.
    pub path: String,
    /// The function, with the alias that it is invoked by.
    pub function: FunctionReference,
    /// How long API Gateway waits for the function: 50 ms to 30 s.
    pub timeout: Duration,
    /// Whether callers sign with SigV4 (`AWS_IAM`).
    pub requires_iam: bool,
}

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// The name that it is invoked by.
    pub name: String,
    /// Where its code is.
    pub code: Code,
    /// Such as `provided.al2023`.
    pub runtime: String,
    /// `Handler`, which custom runtimes get as `_HANDLER`.
    pub handler: String,
    /// The cargo binary that is the function: `Metadata.BuildProperties.Binary`.
    pub binary: Option<String>,
    /// The template's environment, resolved.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take: Lambda's default is 3 s.
    pub timeout: Duration,
    /// `MemorySize` in megabytes: Lambda's default is 128.
    pub memory_megabytes: u32,
    /// Concurrent executions that the template reserves, if it does.
    pub reserved_concurrency: Option<usize>,
    /// What happens to asynchronous invocations.
    pub asynchronous: EventInvoke,
    /// `RecursiveLoop: Allow`: a chain of invocations may come to the function as often as it likes.
    pub allows_recursion: bool,
}

/// The code of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// `CodeUri` or `Code`, made absolute. Nobody has looked whether it is there.
    Directory(PathBuf),
    /// `InlineCode` or `Code.ZipFile`: the only source file, whose module is called `index`.
    Inline(String),
}

/// How asynchronous invocations of a function are retried.
#[derive(Clone, Copy, Debug)]
pub struct EventInvoke {
    /// Retries after the first attempt: 0 to 2, Lambda's default is 2.
    pub maximum_retry_attempts: u32,
    /// How old an event may grow before it is dropped: 60 s to 6 h, Lambda's default is 6 h.
    pub maximum_event_age: Duration,
}

/// A DynamoDB table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// `TableName`, or the logical id.
    pub name: String,
    /// The body of a `CreateTable` request.
    pub create: Value,
    /// The attribute that DynamoDB expires rows by.
    pub time_to_live_attribute: Option<String>,
}

/// A schedule that invokes a function.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The name of the schedule: the event's name in the template or the resource's.
    pub name: String,
    /// The function, with the alias that it is invoked by.
    pub function: FunctionReference,
    /// `rate(4 minutes)`, `cron(0 12 * * ? *)` or `at(2026-01-01T00:00:00)`.
    pub expression: String,
    /// The event; `None` means the event that the scheduling service itself makes.
    pub input: Option<Value>,
    /// Whether this is EventBridge Scheduler (`ScheduleV2`) or an EventBridge rule (`Schedule`).
    pub is_scheduler: bool,
}
