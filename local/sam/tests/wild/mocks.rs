//! Mock integrations.

use local_sam::{Integration, Mock, Template};

use crate::harness::{assert_warnings, classic, route, template, texts, the_api};

fn responses(responses: &[(&str, Option<&str>)]) -> std::collections::BTreeMap<String, Option<String>> {
    responses.iter().map(|(key, template)| ((*key).to_owned(), template.map(str::to_owned))).collect()
}

fn mock(template: &Template) -> &Mock {
    match &the_api(template).routes["ping"].integration {
        Integration::Mock(mock) => mock,
        other => panic!("{other:?}"),
    }
}

fn response(id: &str, properties: &str) -> String {
    format!(
        "  {id}: {{Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {{ApiId: !Ref Api, IntegrationId: !Ref Integration, {properties}}}}}\n"
    )
}

#[test]
fn the_template_that_is_used_is_chosen_as_api_gateway_chooses_it() {
    let table = [
        ("", "$input.body"),
        (", RequestTemplates: {}", "$input.body"),
        (", RequestTemplates: {$default: a}", "a"),
        (r", RequestTemplates: {$default: a}, TemplateSelectionExpression: '\$default'", "a"),
        (", RequestTemplates: {$default: a}, TemplateSelectionExpression: $default", "a"),
        (", RequestTemplates: {'200': a, $default: b}, TemplateSelectionExpression: '200'", "a"),
        (", RequestTemplates: {'200': a, $default: b}, TemplateSelectionExpression: 404", "b"),
        (r", RequestTemplates: {application/json: a}, TemplateSelectionExpression: '\$default'", "a"),
        (", RequestTemplates: {text/plain: a}", "$input.body"),
    ];
    for (templates, request) in table {
        let template =
            template(&classic(&route("ping", &format!("IntegrationType: MOCK, IntegrationUri: ''{templates}"))));
        assert_eq!(mock(&template), &Mock { request: request.to_owned(), responses: responses(&[]) }, "{templates}");
        assert_warnings(&template, &[]);
    }
}

#[test]
fn responses_have_keys_and_templates() {
    let rest = [
        route("ping", "IntegrationType: MOCK, RequestTemplates: {$default: '{\"statusCode\": 200}'}"),
        response("A", "IntegrationResponseKey: '200', ResponseTemplates: {$default: pong}"),
        response(
            "B",
            r"IntegrationResponseKey: '/4\d\d/', ResponseTemplates: {error: no}, TemplateSelectionExpression: error",
        ),
        response("C", "IntegrationResponseKey: $default"),
        response("D", r"IntegrationResponseKey: '\$500'").replace("!Ref Integration", "somebody-elses"),
    ];
    let template = template(&classic(&rest.concat()));
    let expected = responses(&[("200", Some("pong")), (r"/4\d\d/", Some("no")), ("$default", None)]);
    assert_eq!(mock(&template).responses, expected);
}

#[test]
fn a_mock_that_cannot_be_evaluated_is_named_and_left_out() {
    let with = |request: &str, response_properties: &str| {
        let route = route("ping", &format!("IntegrationType: MOCK, {request}"));
        classic(&format!("{route}{}", response("A", response_properties)))
    };
    let good = "RequestTemplates: {$default: '{\"statusCode\": 200}'}";
    let table = [
        (
            with("RequestTemplates: {$default: '#set($a = 1)'}", "IntegrationResponseKey: $default"),
            "`Route` is left out: `RequestTemplates` of `Integration` have `#set`, which is not emulated",
        ),
        (
            with(good, "IntegrationResponseKey: '200', ResponseTemplates: {$default: '#if($a) x #end'}"),
            "`Route` is left out: `ResponseTemplates` of `A` have `#if`",
        ),
        (
            with(
                "RequestTemplates: {a: b}, TemplateSelectionExpression: '${request.body.kind}'",
                "IntegrationResponseKey: $default",
            ),
            "`TemplateSelectionExpression` of `Integration` is `${request.body.kind}`",
        ),
        (
            with("RequestTemplates: {$default: \"$util.escapeJavaScript('a')\"}", "IntegrationResponseKey: $default"),
            "`$util`",
        ),
    ];
    for (text, words) in table {
        let template = template(&text);
        assert_eq!(the_api(&template).routes.len(), 0);
        assert_warnings(&template, &[words]);
    }
}

#[test]
fn a_mock_may_answer_and_may_be_throttled() {
    let rest = format!(
        "{}  Answer: {{Type: AWS::ApiGatewayV2::RouteResponse, Properties: {{ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}}}}",
        route("ping", "IntegrationType: MOCK")
            .replace("RouteKey:", "RouteResponseSelectionExpression: $default, RouteKey:")
    );
    assert!(the_api(&template(&classic(&rest))).routes["ping"].returns_response);
    assert_eq!(the_api(&template(&classic(&rest))).stage_variables, texts(&[]));
}
