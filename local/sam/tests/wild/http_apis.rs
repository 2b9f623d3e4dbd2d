//! HTTP APIs written out as classic resources, alone and beside others.

use local_sam::{HttpApi, Template};

use crate::harness::{assert_warnings, refusal, template, texts};

/// A classic HTTP API `Web` with a stage, the function `F`, which may be invoked, and whatever else.
fn http(api: &str, rest: &str) -> String {
    format!(
        "Resources:
  Web: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: web, ProtocolType: HTTP{api}}}}}
  Live: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Web, StageName: $default, AutoDeploy: true}}}}
  F: {{Type: AWS::Lambda::Function, Properties: {{Code: src/, Handler: h, Runtime: nodejs22.x}}}}
  P: {{Type: AWS::Lambda::Permission, Properties: {{Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: apigateway.amazonaws.com}}}}
  ToF: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Web, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn, PayloadFormatVersion: '2.0', TimeoutInMillis: 1500}}}}
{rest}
"
    )
}

fn to(id: &str, key: &str, more: &str) -> String {
    format!(
        "  {id}: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Web, RouteKey: '{key}', Target: !Sub 'integrations/${{ToF}}'{more}}}}}\n"
    )
}

fn the_api(template: &Template) -> &HttpApi {
    let [api] = template.http_apis.as_slice() else { panic!("{:?}", template.http_apis) };
    api
}

/// Method, path, function and whether IAM protects it.
fn routes(api: &HttpApi) -> Vec<(String, &str, &str, bool)> {
    let method = |method: &Option<http::Method>| method.as_ref().map_or("ANY".to_owned(), ToString::to_string);
    let route = |route: &'_ local_sam::HttpRoute| method(&route.method);
    api.routes.iter().map(|it| (route(it), it.path.as_str(), it.function.name.as_str(), it.requires_iam)).collect()
}

#[test]
fn a_classic_http_api_is_put_together_from_its_parts() {
    let rest = [
        to("A", "GET /pets/{id}", ""),
        to("B", "ANY /{proxy+}", ", AuthorizationType: AWS_IAM"),
        to("C", "$default", ", AuthorizationType: NONE"),
    ];
    let template = template(&http("", &rest.concat()));
    let api = the_api(&template);
    assert_eq!((api.logical_id.as_str(), api.stage.as_str()), ("Web", "$default"));
    let expected = [
        ("GET".to_owned(), "/pets/{id}", "F", false),
        ("ANY".to_owned(), "/{proxy+}", "F", true),
        ("ANY".to_owned(), "$default", "F", false),
    ];
    assert_eq!(routes(api), expected);
    assert_eq!(api.routes[0].timeout.as_millis(), 1_500);
    assert_warnings(&template, &[]);
}

#[test]
fn quick_create_makes_a_route_and_a_stage() {
    let resources = |api: &str| {
        http(api, "").replace("  Live: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Web, StageName: $default, AutoDeploy: true}}\n", "")
    };
    for (api, path, method) in [
        (", Target: !GetAtt F.Arn", "$default", "ANY"),
        (
            ", RouteKey: 'POST /hook', Target: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'",
            "/hook",
            "POST",
        ),
    ] {
        let template = template(&resources(api));
        assert_eq!(the_api(&template).stage, "$default");
        assert_eq!(routes(the_api(&template)), [(method.to_owned(), path, "F", false)]);
        assert_warnings(&template, &[]);
    }
    let elsewhere = template(&resources(", Target: https://example.com"));
    assert_warnings(&elsewhere, &["`Target` of `Web` is left out: `https://example.com` is not a function"]);
    assert_warnings(&template(&resources("")), &["`Web` has no stage in the template"]);
}

#[test]
fn what_is_not_emulated_is_named() {
    let integration = |properties: &str| {
        format!(
            "  Other: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Web, {properties}}}}}\n{}",
            to("A", "GET /", "").replace("${ToF}", "${Other}")
        )
    };
    let table = [
        (http(", CorsConfiguration: {AllowOrigins: ['*']}", ""), 0, "`CorsConfiguration` of `Web` is not emulated"),
        (
            http(", Body: {openapi: 3.0.1, paths: {/a: {get: {responses: {}}}}}", ""),
            0,
            "`Body.paths./a.get` of `Web` is left out: it has no integration",
        ),
        (
            http("", &to("A", "GET /", ", AuthorizationType: JWT, AuthorizerId: !Ref J")).replace("!Ref J", "j"),
            1,
            "calls of `A` are NOT authorized: the authorizer `JWT` is not emulated",
        ),
        (
            http("", &integration("IntegrationType: HTTP_PROXY, IntegrationUri: https://example.com")),
            0,
            "`A` is left out: `Other` is of type `HTTP_PROXY`, which is not emulated",
        ),
        (
            http("", &integration("IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage")),
            0,
            "`Other` is of type `SQS-SendMessage`",
        ),
        (
            http(
                "",
                &integration("IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn, PayloadFormatVersion: '1.0'"),
            ),
            1,
            "`Other` gets events of payload format 2.0",
        ),
        (
            http("", &integration("IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn")),
            1,
            "`Other` gets events of payload format 2.0",
        ),
        (
            http("", &to("A", "GET /", "")).replace("FunctionName: !Ref F", "FunctionName: g"),
            1,
            "API Gateway may not invoke `F` for `A` on AWS",
        ),
    ];
    for (text, count, words) in table {
        let template = template(&text);
        assert_eq!(the_api(&template).routes.len(), count, "{text}");
        assert_warnings(&template, &[words]);
    }
}

#[test]
fn a_wrong_route_is_refused() {
    let table = [
        (to("A", "GET", ""), "`RouteKey` of `A` is `GET`"),
        (to("A", "FETCH /", ""), "`RouteKey` of `A` is `FETCH`, which is not a method"),
        (to("A", "GET pets", ""), "`RouteKey` of `A` is `pets`"),
        (format!("{}{}", to("A", "GET /", ""), to("B", "GET /", "")), "`B` is a route that the API has already"),
    ];
    for (rest, words) in table {
        let failure = refusal(&http("", &rest));
        assert!(failure.contains(words), "{rest}: {failure}");
    }
}

#[test]
fn the_function_may_stand_in_a_stage_variable() {
    let text = http("", &to("A", "GET /", ""))
        .replace("StageName: $default", "StageName: v1, StageVariables: {handler: F}")
        .replace("!GetAtt F.Arn, Payload", "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${!stageVariables.handler}/invocations', Payload");
    let template = template(&text);
    assert_eq!(
        (the_api(&template).stage.as_str(), &the_api(&template).stage_variables),
        ("v1", &texts(&[("handler", "F")]))
    );
    assert_eq!(routes(the_api(&template)), [("GET".to_owned(), "/", "F", false)]);
}

#[test]
fn several_apis_of_every_kind_stand_in_one_template() {
    let more = "
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}}
  ChatStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Chat, StageName: dev}}
  ChatToF: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn}}
  ChatRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: a, Target: !Sub 'integrations/${ChatToF}'}}
  Feed: {Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: x, Routes: {b: {FunctionArn: !Ref F}}}}
  Admin: {Type: AWS::Serverless::HttpApi}
  G: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h, Runtime: provided.al2023, Events: {E: {Type: HttpApi, Properties: {ApiId: !Ref Admin, Path: /, Method: GET}}}}}
  AdminRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Admin, RouteKey: PUT /, Target: !Sub 'integrations/${ToF}'}}
";
    let template = template(&http("", &format!("{}{more}", to("A", "GET /", ""))));
    let web_socket_apis: Vec<_> = template
        .web_socket_apis
        .iter()
        .map(|api| (api.logical_id.as_str(), api.routes.keys().next().unwrap().as_str()))
        .collect();
    assert_eq!(web_socket_apis, [("Chat", "a"), ("Feed", "b")]);
    let http_apis: Vec<_> = template.http_apis.iter().map(|api| (api.logical_id.as_str(), api.routes.len())).collect();
    assert_eq!(http_apis, [("Admin", 2), ("Web", 1)]);
    assert_warnings(&template, &[]);
}

#[test]
fn a_message_about_a_generated_route_names_the_event() {
    let text = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: f, Handler: h, Runtime: provided.al2023, Events: {Get: {Type: HttpApi, Properties: {Path: /a, Method: get, TimeoutInMillis: 40}}}}
";
    let failure = refusal(text);
    assert!(failure.contains("`Events.Get.Properties.TimeoutInMillis` of `F` must be a whole number"), "{failure}");
    let text = text.replace(", TimeoutInMillis: 40", ", PayloadFormatVersion: '1.0'");
    assert_warnings(&template(&text), &["`Events.Get` of `F` gets events of payload format 2.0"]);
}
