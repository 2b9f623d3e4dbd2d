//! Templates in files that have a little of everything.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Method;
use local_sam::samconfig::Configuration;
use local_sam::{
    Authorization, Authorizer, Code, FunctionNames, IdentitySource, Integration, ReadOptions, Route, Template,
    WebSocketApi, read,
};
use serde_json::json;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates").join(name)
}

fn options(parameters: &[(&str, &str)]) -> ReadOptions {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters,
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    }
}

fn read_fixture(name: &str) -> Template {
    read(&fixture(name), &options(&[])).unwrap()
}

fn function_of(route: &Route) -> &str {
    match &route.integration {
        Integration::Lambda(invocable) => &invocable.function.name,
        Integration::Mock(mock) => panic!("{mock:?}"),
    }
}

fn authorizer_of(api: &WebSocketApi) -> &Authorizer {
    match &api.authorization {
        Authorization::Lambda(authorizer) => authorizer,
        other => panic!("{other:?}"),
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_serverless_web_socket_api_has_its_routes_and_its_authorizer() {
    let template = read_fixture("serverless.yaml");
    let [api] = template.web_socket_apis.as_slice() else { panic!("{template:?}") };
    assert_eq!((api.logical_id.as_str(), api.stage.as_str()), ("Sockets", "dev"));
    assert_eq!(api.api_id.len(), 10);
    assert_eq!(api.route_selection_expression, "$request.body.action");
    assert_eq!(api.stage_variables, texts(&[("color", "blue")]));
    let routes: Vec<_> = api
        .routes
        .iter()
        .map(|(key, route)| (key.as_str(), function_of(route), route.timeout.as_millis(), route.returns_response))
        .collect();
    let expected = [
        ("$connect", "Connect", 29_000, false),
        ("$default", "Connect", 5_000, false),
        ("ask", "Connect", 29_000, true),
        ("tell", "Connect", 29_000, false),
    ];
    assert_eq!(routes, expected);
    let authorizer = authorizer_of(api);
    assert_eq!(authorizer.invocable.function.name, "Authorizer");
    let sources =
        [IdentitySource::Header("Sec-WebSocket-Protocol".to_owned()), IdentitySource::QueryString("room".to_owned())];
    assert_eq!(authorizer.identity_sources, sources);
}

#[test]
fn a_serverless_http_api_is_made_of_events() {
    let template = read_fixture("serverless.yaml");
    let [control, implicit] = template.http_apis.as_slice() else { panic!("{:?}", template.http_apis) };
    assert_eq!((control.logical_id.as_str(), control.stage.as_str()), ("Control", "$default"));
    let routes: Vec<_> = control
        .routes
        .iter()
        .map(|route| (route.method.clone(), route.path.as_str(), route.requires_iam, route.timeout.as_millis()))
        .collect();
    let expected = [
        (Some(Method::POST), "/SendEvent", true, 30_000),
        (Some(Method::GET), "/health", false, 30_000),
        (None, "/tags/{resourceArn+}", true, 2_000),
    ];
    assert_eq!(routes, expected);
    assert_eq!(implicit.logical_id, "ServerlessHttpApi");
    let [anything] = implicit.routes.as_slice() else { panic!("{implicit:?}") };
    assert_eq!(
        (&anything.method, anything.path.as_str(), anything.function.name.as_str()),
        (&None, "$default", "Connect")
    );
}

#[test]
fn functions_take_globals_and_defaults() {
    let template = read_fixture("serverless.yaml");
    let [authorizer, connect] = template.functions.as_slice() else { panic!("{:?}", template.functions) };
    assert_eq!(authorizer.code, Code::Directory(fixture("functions/authorizer")));
    assert_eq!(authorizer.binary.as_deref(), Some("authorizer-binary"));
    assert_eq!(authorizer.runtime, "provided.al2023");
    assert_eq!(authorizer.handler, "bootstrap");
    assert_eq!(authorizer.timeout, Duration::from_secs(10));
    assert_eq!(authorizer.environment, texts(&[("LOG_LEVEL", "debug"), ("ROWS_TABLE", "local-rows")]));
    assert_eq!(authorizer.asynchronous.maximum_retry_attempts, 2);
    assert_eq!(authorizer.asynchronous.maximum_event_age, Duration::from_secs(21_600));
    assert_eq!(authorizer.reserved_concurrency, None);
    assert!(!authorizer.allows_recursion);
    assert_eq!(connect.code, Code::Directory(fixture("functions")));
    assert_eq!(connect.binary, None);
    assert_eq!(connect.timeout, Duration::from_secs(29));
    assert_eq!(connect.memory_megabytes, 256);
    assert_eq!(connect.reserved_concurrency, Some(5));
    assert!(connect.allows_recursion);
    assert_eq!(connect.asynchronous.maximum_retry_attempts, 1);
    assert_eq!(connect.asynchronous.maximum_event_age, Duration::from_secs(60));
    let address = format!("https://{}.execute-api.us-east-1.amazonaws.com/dev", template.web_socket_apis[0].api_id);
    let expected = texts(&[
        ("ADDRESS", address.as_str()),
        ("AUTHORIZER", "Authorizer"),
        ("AUTHORIZER_ARN", "arn:aws:lambda:us-east-1:123456789012:function:Authorizer"),
        ("LIMIT", "7"),
        ("LOG_LEVEL", "debug"),
        ("ROWS_TABLE", "local-rows"),
        ("STRICT", "true"),
    ]);
    assert_eq!(connect.environment, expected);
}

#[test]
fn functions_are_named_after_their_binaries_where_asked() {
    let options = ReadOptions { function_names: FunctionNames::Binary, ..options(&[]) };
    let template = read(&fixture("serverless.yaml"), &options).unwrap();
    let names: Vec<_> = template.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["authorizer-binary", "Connect"]);
    assert_eq!(authorizer_of(&template.web_socket_apis[0]).invocable.function.name, "authorizer-binary");
    assert_eq!(template.functions[1].environment["AUTHORIZER"], "authorizer-binary");
}

#[test]
fn parameters_choose_conditions_and_mappings() {
    let options = options(&[("Stage", "prod"), ("Handler", "review")]);
    let template = read(&fixture("serverless.yaml"), &options).unwrap();
    assert_eq!(template.web_socket_apis[0].stage, "prod");
    assert_eq!(template.functions[1].environment["HANDLER"], "review");
    assert_eq!(template.functions[1].environment["LOG_LEVEL"], "info");
    assert_eq!(
        template.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
        ["Audit", "local-rows", "Tokens"]
    );
}

#[test]
fn tables_become_create_table_requests() {
    let template = read_fixture("serverless.yaml");
    let [rows, tokens] = template.tables.as_slice() else { panic!("{:?}", template.tables) };
    let expected = json!({
        "TableName": "local-rows",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "updated", "AttributeType": "N"}
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-update",
            "KeySchema": [{"AttributeName": "updated", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}
        }],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}
    });
    assert_eq!(rows.create, expected);
    assert_eq!(rows.time_to_live_attribute.as_deref(), Some("expiresAt"));
    let expected = json!({
        "TableName": "Tokens",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "hash", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "hash", "KeyType": "HASH"}]
    });
    assert_eq!(tokens.create, expected);
    assert_eq!(tokens.time_to_live_attribute, None);
}

#[test]
fn schedules_are_read_unless_disabled() {
    let template = read_fixture("serverless.yaml");
    let [tick] = template.schedules.as_slice() else { panic!("{:?}", template.schedules) };
    assert_eq!((tick.name.as_str(), tick.function.name.as_str()), ("ConnectTick", "Connect"));
    assert_eq!(tick.expression, "rate(4 minutes)");
    assert_eq!(tick.input, Some(json!({"tick": true})));
    assert!(tick.is_scheduler);
}

#[test]
fn what_is_not_emulated_is_named_and_nothing_else() {
    let template = read_fixture("serverless.yaml");
    let expected = [
        "`AWS::Lambda::EventSourceMapping` are not emulated: `Events.Queue` of `Connect`",
        "`AWS::SQS::Queue` are not emulated: `Jobs`",
        "`Routes.tell` of `Sockets` sends no response",
        "the route `tell` of `Sockets` asks for no API key here",
        "any API key opens `Sockets`: the template has no `AWS::ApiGateway::ApiKey`",
        "`Environment.Variables.SHARED` of `Connect`: `Fn::ImportValue`",
        "`Environment.Variables.STREAM` of `Connect`: the attribute `StreamArn` of `Rows`",
    ];
    for (warning, words) in template.warnings.iter().zip(expected) {
        assert!(warning.contains(words), "{warning}\nshould contain\n{words}");
    }
    assert_eq!(template.warnings.len(), expected.len(), "{:#?}", template.warnings);
}

#[test]
fn a_classic_web_socket_api_is_put_together_from_its_parts() {
    let template = read_fixture("classic.yaml");
    let [api] = template.web_socket_apis.as_slice() else { panic!("{:?}", template.web_socket_apis) };
    assert_eq!((api.logical_id.as_str(), api.stage.as_str()), ("Api", "Prod"));
    let routes: Vec<_> = api
        .routes
        .iter()
        .filter(|(key, _)| *key != "mock")
        .map(|(key, route)| (key.as_str(), function_of(route), route.timeout.as_millis(), route.returns_response))
        .collect();
    let expected = [
        ("$connect", "OnConnect", 29_000, false),
        ("color", "OnColor", 29_000, false),
        ("list", "OnSend", 29_000, false),
        ("sendmessage", "OnSend", 1_000, true),
    ];
    assert_eq!(routes, expected);
    let authorizer = authorizer_of(api);
    assert_eq!(authorizer.invocable.function.name, "OnConnect");
    assert_eq!(authorizer.identity_sources, [IdentitySource::QueryString("token".to_owned())]);
}

#[test]
fn a_classic_template_has_functions_and_schedules() {
    let template = read_fixture("classic.yaml");
    let functions: Vec<_> = template.functions.iter().map(|function| function.logical_id.as_str()).collect();
    assert_eq!(functions, ["Inline", "OnColor", "OnConnect", "OnSend"]);
    assert_eq!(template.functions[0].code, Code::Inline("exports.handler = () => 'Prod'".to_owned()));
    assert_eq!(template.functions[3].environment, texts(&[("STAGE", "Prod")]));
    let schedules: Vec<_> = template
        .schedules
        .iter()
        .map(|schedule| (schedule.name.as_str(), schedule.expression.as_str(), schedule.is_scheduler))
        .collect();
    assert_eq!(schedules, [("Nightly", "cron(0 3 * * ? *)", false), ("Once", "at(2030-01-01T00:00:00)", true)]);
    let [unknown] = template.warnings.as_slice() else { panic!("{:#?}", template.warnings) };
    assert!(unknown.contains("`Unknown` is not run here: `Code.ZipFile` of `Unknown`"), "{unknown}");
}
