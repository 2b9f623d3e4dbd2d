//! Aliases of functions: what refers to one, and what it evaluates to.

use local_sam::{Authorization, Integration};

use crate::harness::{assert_warnings, classic, permission, route, template, texts, the_api};

const ALIAS: &str =
    "  Blue: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: blue}}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
";

#[test]
fn a_route_and_an_authorizer_invoke_the_alias_that_the_template_names() {
    for (reference, expected) in [
        ("!Ref F.Alias", "F:live"),
        ("!Ref FAliaslive", "F:live"),
        ("!Ref Blue", "F:blue"),
        ("!GetAtt Blue.AliasArn", "F:blue"),
        ("!Ref V", "F:1"),
        ("!Ref F.Version", "F:1"),
        ("!Sub '${F.Arn}:green'", "F:green"),
        ("!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Alias}/invocations'", "F:live"),
        ("!GetAtt F.Arn", "F"),
    ] {
        let route = route("$connect", &format!("IntegrationType: AWS_PROXY, IntegrationUri: {reference}"))
            .replace("RouteKey:", "AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard, RouteKey:");
        let guard = format!(
            "  Guard: {{Type: AWS::ApiGatewayV2::Authorizer, Properties: {{ApiId: !Ref Api, AuthorizerType: REQUEST, AuthorizerUri: {reference}}}}}\n"
        );
        let function = if reference.contains("apigateway") { "!Ref F.Alias" } else { reference };
        let template = template(&classic(&[ALIAS, &route, &guard, &permission(function, "")].concat()));
        let api = the_api(&template);

        let Integration::Lambda(invocable) = &api.routes["$connect"].integration else { panic!("{api:?}") };
        assert_eq!((invocable.function.to_string().as_str(), invocable.is_permitted), (expected, true), "{reference}");
        let Authorization::Lambda(authorizer) = &api.authorization else { panic!("{api:?}") };
        let invocable = &authorizer.invocable;
        assert_eq!((invocable.function.to_string().as_str(), invocable.is_permitted), (expected, true), "{reference}");
        assert_warnings(&template, &[]);
    }
}

#[test]
fn a_route_of_sam_invokes_the_alias_that_the_template_names() {
    let text = format!(
        "Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: x
      Auth: {{AuthType: CUSTOM, AuthArn: !Ref F.Alias}}
      Routes: {{$connect: {{FunctionArn: !Ref F.Alias}}, $default: {{FunctionArn: !GetAtt F.Arn}}}}
  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: provided.al2023, AutoPublishAlias: live}}}}
{ALIAS}"
    );
    let template = template(&text);
    let api = the_api(&template);
    let function = |key: &str| match &api.routes[key].integration {
        Integration::Lambda(invocable) => invocable.function.to_string(),
        Integration::Mock(mock) => panic!("{mock:?}"),
    };
    assert_eq!([function("$connect"), function("$default")], ["F:live", "F"]);
    let Authorization::Lambda(authorizer) = &api.authorization else { panic!("{api:?}") };
    assert_eq!(authorizer.invocable.function.to_string(), "F:live");
}

#[test]
fn an_event_of_sam_invokes_the_alias_that_sam_publishes() {
    for (alias, expected) in [(", AutoPublishAlias: live", "F:live"), ("", "F")] {
        let template = template(&format!(
            "Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{CodeUri: src, Handler: h, Runtime: provided.al2023, Events: {{
        Call: {{Type: HttpApi}},
        Rate: {{Type: Schedule, Properties: {{Schedule: rate(1 minute)}}}},
        Again: {{Type: ScheduleV2, Properties: {{ScheduleExpression: rate(1 minute)}}}}}}{alias}}}"
        ));

        let routes = template.http_apis[0].routes.iter().map(|route| &route.function);
        let schedules = template.schedules.iter().map(|schedule| &schedule.function);
        let functions: Vec<_> = routes.chain(schedules).map(ToString::to_string).collect();
        assert_eq!(functions, [expected; 3]);
    }
}

#[test]
fn a_rule_and_a_route_of_an_http_api_invoke_the_alias_that_the_template_names() {
    let web = "  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP, Target: !Ref Blue}}
  Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 minute), Targets: [{Id: f, Arn: !Ref Blue}]}}
";
    let template = template(&classic(&[ALIAS, web].concat()));
    assert_eq!(template.http_apis[0].routes[0].function.to_string(), "F:blue");
    assert_eq!(template.schedules[0].function.to_string(), "F:blue");
}

#[test]
fn an_alias_in_a_variable_is_its_arn() {
    let function = "  G:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: h
      Runtime: provided.al2023
      Environment:
        Variables:
          REF: !Ref F.Alias
          GENERATED: !Ref FAliaslive
          SUB: !Sub ${F.Alias}
          OWN: !Ref Blue
          OWN_ATTRIBUTE: !GetAtt Blue.AliasArn
          VERSION: !Ref F.Version
          OWN_VERSION: !Ref V
          NUMBER: !GetAtt V.Version
";
    let template = template(&classic(&[ALIAS, function].concat()));
    let arn = |qualifier: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:F:{qualifier}");
    let (live, blue, first) = (arn("live"), arn("blue"), arn("1"));
    let expected = [
        ("REF", live.as_str()),
        ("GENERATED", &live),
        ("SUB", &live),
        ("OWN", &blue),
        ("OWN_ATTRIBUTE", &blue),
        ("VERSION", &first),
        ("OWN_VERSION", &first),
        ("NUMBER", "1"),
    ];
    let function = template.functions.iter().find(|function| function.logical_id == "G").unwrap();
    assert_eq!(function.environment, texts(&expected));
}
