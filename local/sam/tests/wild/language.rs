//! The template language beyond values: macros, includes, dynamic references, SAM's generated names.

use crate::harness::{assert_warnings, refusal, template, texts, the_api};

const FUNCTION: &str = "  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h, Runtime: provided.al2023, AutoPublishAlias: !Ref Alias}}";

/// The function `F`, which is published under the alias `blue`, and whatever else.
fn with(head: &str, rest: &str) -> String {
    format!("Parameters: {{Alias: {{Type: String, Default: blue}}}}\n{head}\nResources:\n{FUNCTION}\n{rest}")
}

#[test]
fn what_is_not_expanded_is_named() {
    let api = |properties: &str| {
        format!(
            "  Api: {{Type: AWS::Serverless::WebSocketApi, Properties: {{RouteSelectionExpression: x, Routes: {{a: {{FunctionArn: !Ref F}}}}{properties}}}}}"
        )
    };
    let include = "{Name: AWS::Include, Parameters: {Location: s3://bucket/file}}";
    let table = [
        (with("Transform: AWS::Serverless-2016-10-31", ""), None),
        (with("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", ""), None),
        (with("Transform: [MyMacro, AWS::Serverless-2016-10-31]", ""), Some("the transform `MyMacro` is not applied")),
        (
            with(&format!("Transform: [{include}, AWS::Serverless-2016-10-31]"), ""),
            Some("the transform `AWS::Include` is not applied"),
        ),
        (with("", &format!("  Fn::Transform: {include}")), Some("the resources of an `Fn::Transform` are left out")),
        (
            with(
                "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]",
                "  Fn::ForEach::Topics: [N, [a, b], {'T${N}': {Type: AWS::SNS::Topic}}]",
            ),
            Some("`AWS::SNS::Topic` are not emulated: `Ta`, `Tb`"),
        ),
        (
            with("", &api(&format!(", StageVariables: {{color: blue, 'Fn::Transform': {include}}}")))
                .replace("StageVariables", "Tags"),
            Some("`Api` has an `Fn::Transform`"),
        ),
        (
            with("Rules: {Never: {Assertions: [{Assert: {'Fn::Contains': [[a], b]}}]}}\nHooks: {}\nMetadata: {}", ""),
            None,
        ),
    ];
    for (text, warning) in table {
        assert_warnings(&template(&text), warning.as_slice());
    }
}

#[test]
fn a_dynamic_reference_has_no_value_here() {
    let variable = FUNCTION
        .replace("Handler:", "Environment: {Variables: {KEY: '{{resolve:secretsmanager:key}}', B: b}}, Handler:");
    let text = with("", "").replace(FUNCTION, &variable);
    let template = template(&text);
    assert_eq!(template.functions[0].environment, texts(&[("B", "b")]));
    assert_warnings(
        &template,
        &["`Environment.Variables.KEY` of `F` has a dynamic reference, which only AWS can resolve"],
    );
    let failure = refusal(&text.replace("provided.al2023", "'{{resolve:ssm:/runtime}}'"));
    assert!(failure.contains("`Runtime` of `F` has a dynamic reference"), "{failure}");
}

#[test]
fn what_sam_generates_can_be_referred_to() {
    let api = "  Chat: {Type: AWS::Serverless::WebSocketApi, Properties: {StageName: dev, RouteSelectionExpression: x, Routes: {say: {FunctionArn: !Ref FUNCTION}}}}\n";
    for function in ["F.Alias", "FAliasblue", "F.Version", "F"] {
        let text = with("", &api.replace("FUNCTION", function));
        assert!(the_api(&template(&text)).routes.contains_key("say"), "{function}");
    }
    let failure = refusal(&with("", &api.replace("FUNCTION", "FAliasgreen")));
    assert!(failure.contains("`FAliasgreen` is neither a parameter nor a resource"), "{failure}");
    let stage = with(
        "",
        &format!(
            "{}  Beta: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Chat, StageName: beta}}}}",
            api.replace("FUNCTION", "F")
        ),
    );
    assert_warnings(
        &template(&stage),
        &["the stage `Beta` of `Chat` is left out: only that of the API itself is served"],
    );
}

#[test]
fn a_classic_route_may_belong_to_an_api_of_sam() {
    let text = with("", "
  Chat: {Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: x, DefaultRouteSettings: {ThrottlingRateLimit: 3}, Routes: {say: {FunctionArn: !Ref F}}}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: ping, Target: !Sub 'integrations/${Mock}'}}
  Mock: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Chat, IntegrationType: MOCK}}");
    let template = template(&text);
    let routes: Vec<_> = the_api(&template)
        .routes
        .iter()
        .map(|(key, route)| (key.as_str(), route.throttle.map(|throttle| throttle.rate)))
        .collect();
    assert_eq!(routes, [("ping", Some(3.0)), ("say", Some(3.0))]);
}

#[test]
fn a_template_with_a_little_of_everything_is_read() {
    let template = template(include_str!("../templates/wide.yaml"));
    let warnings = [
        "the transform `SomeMacro` is not applied",
        "no value for the parameters `Certificate`",
        "`Route` is left out: `IntegrationUri` of `Say` needs the stage variable `x`",
        "`RouteSettings` of `Api` name the route `nobody`",
        "`Api` rejects all clients",
        "`ToF` gets events of payload format 2.0",
        "calls of `WebRoute` are NOT authorized: the authorizer `JWT` is not emulated",
        "`Environment.Variables.A` of `F` has a dynamic reference",
        "`Environment.Variables.B` of `F`: `Fn::ImportValue` asks for `b`",
    ];
    assert_warnings(&template, &warnings);
}
