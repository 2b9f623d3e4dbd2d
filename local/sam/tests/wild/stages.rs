//! What a stage and its API say about all routes: throttles, API keys, whether anybody is served.

use local_sam::{ApiKeySource, Template, Throttle};

use crate::harness::{assert_warnings, classic, permission, refusal, route, template, the_api};

/// A classic API with a route `$connect` and one `say`.
fn with_stage(stage: &str, rest: &str) -> String {
    let proxy = "IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn";
    let routes = format!(
        "{}{}",
        route("$connect", proxy),
        route("say", proxy).replace("Route:", "Say:").replace("Integration:", "SayIntegration:")
    );
    classic(&format!("{}{}{rest}", routes, permission("!Ref F", "")))
        .replace("StageName: live", &format!("StageName: live{stage}"))
}

fn serverless(properties: &str, rest: &str) -> String {
    format!(
        "Globals: {{WebSocketApi: {{DefaultRouteSettings: {{ThrottlingBurstLimit: 7}}, RouteSettings: {{say: {{ThrottlingRateLimit: 1}}}}}}}}
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: provided.al2023}}}}
  Api: {{Type: AWS::Serverless::WebSocketApi, Properties: {{RouteSelectionExpression: x, Routes: {{$connect: {{FunctionArn: !Ref F}}, say: {{FunctionArn: !Ref F}}}}{properties}}}}}
{rest}"
    )
}

fn throttles(template: &Template) -> [Option<(f64, u32)>; 2] {
    ["$connect", "say"].map(|key| the_api(template).routes[key].throttle.map(|Throttle { rate, burst }| (rate, burst)))
}

#[test]
fn a_route_has_its_own_throttle_or_that_of_the_stage() {
    let table = [
        ("", [None, None]),
        (", DefaultRouteSettings: {DetailedMetricsEnabled: true}", [None, None]),
        (
            ", DefaultRouteSettings: {ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: 2}",
            [Some((0.5, 2)), Some((0.5, 2))],
        ),
        (", DefaultRouteSettings: {ThrottlingRateLimit: 0}", [Some((0.0, 5_000)), Some((0.0, 5_000))]),
        (", RouteSettings: {say: {ThrottlingBurstLimit: '3'}}", [None, Some((10_000.0, 3))]),
        (
            ", DefaultRouteSettings: {ThrottlingRateLimit: 9, ThrottlingBurstLimit: 9}, RouteSettings: {say: {ThrottlingRateLimit: 1}}",
            [Some((9.0, 9)), Some((1.0, 9))],
        ),
    ];
    for (stage, expected) in table {
        let template = template(&with_stage(stage, ""));
        assert_eq!(throttles(&template), expected, "{stage}");
        assert_warnings(&template, &[]);
    }
    assert_eq!(throttles(&template(&serverless("", ""))), [Some((10_000.0, 7)), Some((1.0, 7))]);
    let own = serverless(", DefaultRouteSettings: {ThrottlingRateLimit: 5}", "");
    assert_eq!(throttles(&template(&own)), [Some((5.0, 7)), Some((1.0, 7))]);
}

#[test]
fn a_throttle_must_be_a_number_and_its_route_must_exist() {
    let failure = refusal(&with_stage(", DefaultRouteSettings: {ThrottlingRateLimit: fast}", ""));
    assert!(failure.contains("`DefaultRouteSettings.ThrottlingRateLimit` of `Stage` must be a number"), "{failure}");
    let template = template(&with_stage(", RouteSettings: {shout: {ThrottlingRateLimit: 1}}", ""));
    assert_warnings(&template, &["`RouteSettings` of `Api` name the route `shout`"]);
}

#[test]
fn an_api_without_endpoint_and_domain_rejects_all_clients() {
    let mapping = |api: &str| {
        format!(
            "  M: {{Type: AWS::ApiGatewayV2::ApiMapping, Properties: {{ApiId: {api}, DomainName: d, Stage: live}}}}\n"
        )
    };
    let disabled = |rest: &str| with_stage("", rest).replace("Name: api", "Name: api, DisableExecuteApiEndpoint: true");
    let table = [
        (with_stage("", ""), false),
        (disabled(""), true),
        (disabled(&mapping("!Ref Api")), false),
        (disabled(&mapping("another")), true),
        (disabled(&mapping("!ImportValue unknown-here")), false),
        (serverless(", DisableExecuteApiEndpoint: true", ""), true),
        (serverless(", DisableExecuteApiEndpoint: false", ""), false),
        (serverless(", DisableExecuteApiEndpoint: true, Domain: {DomainName: d, CertificateArn: c}", ""), false),
        (serverless(", DisableExecuteApiEndpoint: true", &mapping("!Ref Api")), false),
    ];
    for (text, is_disabled) in table {
        let template = template(&text);
        assert_eq!(the_api(&template).is_disabled, is_disabled, "{text}");
        assert_warnings(&template, if is_disabled { &["`Api` rejects all clients"] } else { &[] });
    }
}

fn with_keys(keys: &str) -> String {
    with_stage("", keys).replace("RouteKey: $connect", "RouteKey: $connect, ApiKeyRequired: true")
}

#[test]
fn the_keys_of_a_template_open_its_apis() {
    let key = |id: &str, properties: &str| {
        format!("  {id}: {{Type: AWS::ApiGateway::ApiKey, Properties: {{{properties}}}}}\n")
    };
    let one = key("A", "Enabled: true, Value: first-key-with-20-characters");
    let table = [
        (one.clone(), Some(vec!["first-key-with-20-characters"]), vec![]),
        (
            format!("{one}{}", key("B", "Enabled: true, Value: second")),
            Some(vec!["first-key-with-20-characters", "second"]),
            vec![],
        ),
        (
            format!("{one}{}", key("B", "Enabled: false, Value: second")),
            Some(vec!["first-key-with-20-characters"]),
            vec![],
        ),
        (
            format!("{one}{}", key("B", "Enabled: true")),
            None,
            vec!["any API key opens `Api`: the template has no `Value` for `B`"],
        ),
        (key("A", "Enabled: true, Value: '{{resolve:ssm:key}}'"), None, vec!["no `Value` for `A`"]),
        (key("A", "Value: first"), Some(vec!["first"]), vec!["`A` does not say `Enabled: true`"]),
        (String::new(), None, vec!["the template has no `AWS::ApiGateway::ApiKey`"]),
    ];
    for (keys, expected, warnings) in table {
        let template = template(&with_keys(&keys));
        let api = the_api(&template);
        assert!(api.routes["$connect"].requires_api_key && !api.routes["say"].requires_api_key);
        let values = api.api_keys.values.as_ref().map(|values| values.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(values, expected, "{keys}");
        assert_warnings(&template, &warnings);
    }
}

#[test]
fn a_key_comes_from_the_header_or_from_the_authorizer() {
    let with = |expression: &str| {
        with_stage("", "").replace("Name: api", &format!("Name: api, ApiKeySelectionExpression: {expression}"))
    };
    let source = |text: &str| the_api(&template(text)).api_keys.source;
    assert_eq!(source(&with_stage("", "")), ApiKeySource::Header);
    assert_eq!(source(&with("$request.header.x-api-key")), ApiKeySource::Header);
    assert_eq!(source(&with("$context.authorizer.usageIdentifierKey")), ApiKeySource::Authorizer);
    assert!(
        refusal(&with("$request.header.key")).contains("`ApiKeySelectionExpression` of `Api` is `$request.header.key`")
    );
}

#[test]
fn usage_plans_are_named() {
    let plan =
        "  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Api, Stage: live}]}}\n";
    assert_warnings(&template(&with_stage("", plan)), &["`AWS::ApiGateway::UsagePlan` are not emulated: `Plan`"]);
}
