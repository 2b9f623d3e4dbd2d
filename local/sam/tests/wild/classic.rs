//! Classic WebSocket APIs in the forms in which people write them.

use local_sam::{Authorization, IdentitySource};

use crate::harness::{assert_warnings, classic, invocable, permission, refusal, route, template, the_api};

const PROXY: &str = "IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn";

#[test]
fn a_target_is_written_in_many_ways() {
    for target in [
        "!Join ['/', [integrations, !Ref Integration]]",
        "!Join ['', ['integrations/', !Ref Integration]]",
        "{'Fn::Join': ['/', ['integrations', {Ref: Integration}]]}",
        "!Sub 'integrations/${Integration}'",
        "!Sub ['integrations/${Id}', {Id: !Ref Integration}]",
        "!Sub ['integrations/${Integration}', {}]",
        "!Sub 'integrations/${Integration.IntegrationId}'",
        "integrations/Integration",
        "!If [Always, !Sub 'integrations/${Integration}', !Ref AWS::NoValue]",
    ] {
        let rest = format!("{}{}", route("a", PROXY), permission("!Ref F", ""));
        let text = classic(&rest).replace("!Sub 'integrations/${Integration}'", target);
        let template = template(&format!("{text}\nConditions: {{Always: !Equals [a, a]}}"));
        assert_eq!(invocable(the_api(&template), "a"), ("F", true), "{target}");
        assert_warnings(&template, &[]);
    }
    let text = classic(&format!("{}{}", route("a", PROXY), permission("!Ref F", "")))
        .replace("!Sub 'integrations/${Integration}'", "!Ref Integration");
    assert_warnings(
        &template(&text),
        &["`Target` of `Route` is `Integration`: API Gateway wants `integrations/Integration`"],
    );
}

#[test]
fn a_function_is_named_in_many_ways() {
    let path = "lambda:path/2015-03-31/functions";
    for uri in [
        "!GetAtt F.Arn".to_owned(),
        "!GetAtt [F, Arn]".to_owned(),
        "!Ref F".to_owned(),
        "!Ref Function".to_owned(),
        "!Ref Arn".to_owned(),
        format!("!Sub 'arn:aws:apigateway:${{AWS::Region}}:{path}/${{F.Arn}}/invocations'"),
        format!(
            "!Sub ['arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}/${{A}}/invocations', {{A: !GetAtt F.Arn}}]"
        ),
        format!(
            "!Join ['', ['arn:', !Ref AWS::Partition, ':apigateway:', !Ref AWS::Region, ':{path}/', !GetAtt F.Arn, /invocations]]"
        ),
        format!(
            "!Sub 'arn:aws:apigateway:${{AWS::Region}}:{path}/arn:aws:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{F}}/invocations'"
        ),
        format!(
            "!Sub 'arn:aws:apigateway:${{AWS::Region}}:{path}/arn:aws:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{!stageVariables.fn}}/invocations'"
        ),
        "!If [Never, !Ref AWS::NoValue, !If [Never, x, !GetAtt F.Arn]]".to_owned(),
        "!FindInMap [Names, dev, fn, {DefaultValue: !GetAtt F.Arn}]".to_owned(),
        "!Select [0, !Split ['|', !Sub '${F.Arn}|other']]".to_owned(),
    ] {
        let rest = format!(
            "{}{}",
            route("a", &format!("IntegrationType: AWS_PROXY, IntegrationUri: {uri}")),
            permission("!Ref F", "")
        );
        let text = classic(&rest).replace("StageName: live", "StageName: live, StageVariables: {fn: F}");
        let more = "Conditions: {Never: !Equals [a, b]}\nMappings: {Names: {prod: {fn: other}}}\nParameters: {Function: {Type: String, Default: F}, Arn: {Type: String, Default: 'arn:aws:lambda:eu-west-1:999999999999:function:F'}}";
        let template = template(&format!("{text}\n{more}"));
        assert_eq!(invocable(the_api(&template), "a"), ("F", true), "{uri}");
        assert_warnings(&template, &[]);
    }
}

#[test]
fn what_is_conditional_and_absent_is_no_part_of_the_api() {
    let conditions = "Conditions: {Never: !Equals [a, b]}";
    let rest = format!("{}{}", route("a", PROXY), permission("!Ref F", ""));
    let with = |from: &str, to: &str| format!("{}\n{conditions}", classic(&rest).replace(from, to));
    let without_route = template(&with("Route: {Type", "Route: {Condition: Never, Type"));
    assert_eq!(the_api(&without_route).routes.len(), 0);
    let failure = refusal(&with("Properties: {ProtocolType", "Condition: Never, Properties: {ProtocolType"));
    assert!(
        failure.contains("`ApiId` of `Route`: `Api` does not exist here: its condition `Never` does not hold"),
        "{failure}"
    );
    let failure = refusal(&with("Integration: {Type", "Integration: {Condition: Never, Type"));
    assert!(
        failure.contains("`Target` of `Route`: `Integration` does not exist here: its condition `Never`"),
        "{failure}"
    );
}

#[test]
fn integrations_of_other_types_are_named() {
    for (integration, words) in [
        (
            "IntegrationType: HTTP_PROXY, IntegrationUri: https://example.com, IntegrationMethod: POST",
            "`Route` is left out: `Integration` is of type `HTTP_PROXY`, which is not emulated",
        ),
        ("IntegrationType: HTTP, IntegrationUri: https://example.com", "`Integration` is of type `HTTP`"),
        (
            "IntegrationType: AWS, IntegrationUri: !Sub 'arn:aws:apigateway:${AWS::Region}:sqs:path/q', CredentialsArn: r",
            "`Integration` is of type `AWS`",
        ),
        (
            "IntegrationType: AWS_PROXY, IntegrationUri: 'arn:aws:lambda:eu-west-1:999999999999:function:other'",
            "`Route` is left out: `IntegrationUri` of `Integration` is in another account or region",
        ),
    ] {
        let template = template(&classic(&route("a", integration)));
        assert_eq!(the_api(&template).routes.len(), 0);
        assert_warnings(&template, &[words]);
    }
}

#[test]
fn broken_references_say_what_exists() {
    let table = [
        (
            route("a", PROXY).replace("${Integration}", "Other"),
            "names `Other`, which is not an integration (hint: the template has the integrations `Integration`)",
        ),
        (
            route("a", PROXY).replace("${Integration}", "${Other}"),
            "`Target` of `Route`: `Other` is neither a parameter nor a resource",
        ),
        (
            route("a", "IntegrationType: AWS_PROXY, IntegrationUri: other"),
            "`other` is not a function of the template (hint: the template has the functions `F`)",
        ),
        (route("a", "IntegrationType: AWS_PROXY"), "`Integration` has no `IntegrationUri`"),
        (
            route("a", "IntegrationType: AWS_PROXY, IntegrationUri: !ImportValue fn"),
            "pass its value with `--import fn=VALUE`",
        ),
        (
            route("$connect", PROXY).replace("RouteKey:", "AuthorizationType: CUSTOM, AuthorizerId: x, RouteKey:"),
            "names `x`, which is not an authorizer",
        ),
    ];
    for (rest, words) in table {
        let failure = refusal(&classic(&rest));
        assert!(failure.contains(words), "{rest}\n{failure}");
    }
    assert_warnings(
        &template(&classic(&route("a", PROXY).replace(", Target: !Sub 'integrations/${Integration}'", ""))),
        &["`Route` is left out: it has no `Target`"],
    );
}

#[test]
fn an_authorizer_has_identity_sources_and_iam_has_none() {
    let guard = "  Guard: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, AuthorizerType: REQUEST, AuthorizerUri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations', IdentitySource: [route.request.querystring.token, route.request.header.Auth, context.identity.sourceIp, stageVariables.key]}}\n";
    let custom = route("$connect", PROXY)
        .replace("RouteKey:", "AuthorizationType: CUSTOM, AuthorizerId: !GetAtt Guard.AuthorizerId, RouteKey:");
    let template_ = template(&classic(&format!("{custom}{guard}{}", permission("!Ref F", ""))));
    let Authorization::Lambda(authorizer) = &the_api(&template_).authorization else { panic!("{template_:?}") };
    assert_eq!(authorizer.invocable.function.name, "F");
    let expected = [
        IdentitySource::QueryString("token".to_owned()),
        IdentitySource::Header("Auth".to_owned()),
        IdentitySource::Context("identity.sourceIp".to_owned()),
        IdentitySource::StageVariable("key".to_owned()),
    ];
    assert_eq!(authorizer.identity_sources, expected);
    let iam = route("$connect", PROXY).replace("RouteKey:", "AuthorizationType: AWS_IAM, RouteKey:");
    assert!(matches!(the_api(&template(&classic(&iam))).authorization, Authorization::Iam));
    let message = route("say", PROXY).replace("RouteKey:", "AuthorizationType: AWS_IAM, RouteKey:");
    let failure = refusal(&classic(&message));
    assert!(failure.contains("`AuthorizationType` of `Route` is not on the `$connect` route"), "{failure}");
    let token = route("$connect", PROXY).replace("RouteKey:", "AuthorizationType: JWT, RouteKey:");
    let failure = refusal(&classic(&token));
    assert!(failure.contains("`JWT`, which a WebSocket API does not have"), "{failure}");
}

#[test]
fn of_several_stages_the_first_that_is_deployed_is_served() {
    let more =
        "  Beta: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: beta, AutoDeploy: true}}\n";
    let several = template(&classic(more));
    assert_eq!(the_api(&several).stage, "beta");
    assert_warnings(&several, &["the stage `Stage` of `Api` is left out: only `Beta` is served"]);
    let none = template(&classic("").replace("AWS::ApiGatewayV2::Stage", "AWS::CDK::Metadata"));
    assert_eq!(the_api(&none).stage, "default");
    assert_warnings(&none, &["`Api` has no stage in the template: it is served as `default`"]);
}

#[test]
fn a_stage_without_a_name_is_refused_as_cloudformation_refuses_it() {
    let nameless = classic("").replace("StageName: live, ", "");
    for text in [nameless.replace("WEBSOCKET", "HTTP"), nameless] {
        let problem = refusal(&text);
        assert!(problem.contains("`Stage` has no `StageName` (hint: give it `StageName`)"), "{problem}");
    }
}

#[test]
fn a_message_route_may_answer_if_both_resources_say_so() {
    let expression = "RouteResponseSelectionExpression: $default, RouteKey:";
    let response = "  Answer: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}}\n";
    let base = format!("{}{}", route("a", PROXY), permission("!Ref F", ""));
    let answers = |rest: &str| {
        let template = template(&classic(rest));
        (the_api(&template).routes["a"].returns_response, template.warnings.len())
    };
    assert_eq!(answers(&base), (false, 0));
    assert_eq!(answers(&format!("{base}{response}")), (false, 0));
    assert_eq!(answers(&base.replace("RouteKey:", expression)), (false, 1));
    assert_eq!(answers(&format!("{}{response}", base.replace("RouteKey:", expression))), (true, 0));
}
