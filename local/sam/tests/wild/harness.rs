//! Templates in texts, read as the local stack reads them.

use std::collections::BTreeMap;

use local_sam::samconfig::Configuration;
use local_sam::{FunctionNames, Integration, ReadOptions, Template, WebSocketApi, read};

pub(crate) fn options() -> ReadOptions {
    ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    }
}

pub(crate) fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Reads a template. One that says nothing about transforms has SAM's.
pub(crate) fn try_read(text: &str, options: &ReadOptions) -> Result<Template, String> {
    let is_template = ["Conditions:", "Globals:", "Mappings:", "Parameters:", "Resources:"]
        .iter()
        .any(|section| text.trim_start().starts_with(section));
    let needs_transform = is_template && !text.contains("\nTransform:");
    let head = if needs_transform { "Transform: AWS::Serverless-2016-10-31\n" } else { "" };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{head}{text}")).unwrap();
    read(file.path(), options).map_err(|failure| failure.to_string())
}

pub(crate) fn template(text: &str) -> Template {
    try_read(text, &options()).unwrap()
}

/// The only WebSocket API of a template.
pub(crate) fn the_api(template: &Template) -> &WebSocketApi {
    let [api] = template.web_socket_apis.as_slice() else { panic!("{:?}", template.web_socket_apis) };
    api
}

/// Fails unless exactly the expected warnings are there, each told by some of its words.
pub(crate) fn assert_warnings(template: &Template, expected: &[&str]) {
    for (warning, words) in template.warnings.iter().zip(expected) {
        assert!(warning.contains(words), "{warning}\nshould contain\n{words}");
    }
    assert_eq!(template.warnings.len(), expected.len(), "{:#?}", template.warnings);
}

/// Why a template is refused.
pub(crate) fn refusal(text: &str) -> String {
    try_read(text, &options()).unwrap_err()
}

/// A classic WebSocket API `Api` with the stage `live`, the function `F`, and whatever else.
pub(crate) fn classic(rest: &str) -> String {
    format!(
        "Resources:
  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: WEBSOCKET, Name: api, RouteSelectionExpression: $request.body.action}}}}
  Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Api, StageName: live, AutoDeploy: true}}}}
  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: provided.al2023, AutoPublishAlias: live}}}}
{rest}
"
    )
}

/// The route `key` of the classic API, which ends at an integration with these properties.
pub(crate) fn route(key: &str, integration: &str) -> String {
    format!(
        "  Route: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Api, RouteKey: {key}, Target: !Sub 'integrations/${{Integration}}'}}}}
  Integration: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Api, {integration}}}}}
"
    )
}

/// A permission for API Gateway to invoke what `function` says.
pub(crate) fn permission(function: &str, more: &str) -> String {
    format!(
        "  Permission: {{Type: AWS::Lambda::Permission, Properties: {{Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com, FunctionName: {function}{more}}}}}
"
    )
}

/// The function that a route ends at, and whether it may be invoked.
pub(crate) fn invocable<'a>(api: &'a WebSocketApi, key: &str) -> (&'a str, bool) {
    match &api.routes[key].integration {
        Integration::Lambda(invocable) => (&invocable.function.name, invocable.is_permitted),
        Integration::Mock(mock) => panic!("{mock:?}"),
    }
}
