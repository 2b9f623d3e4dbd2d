//! Who lets API Gateway invoke a function.

use local_sam::Authorization;

use crate::harness::{assert_warnings, classic, invocable, permission, route, template, the_api};

const PROXY: &str = "IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn";
const ALIAS: &str = "IntegrationType: AWS_PROXY, IntegrationUri: !Ref F.Alias";

fn source(pattern: &str) -> String {
    format!(", SourceArn: !Sub 'arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{pattern}'")
}

#[test]
fn a_permission_is_for_a_function_in_every_form() {
    for (integration, function) in [
        (PROXY, "!Ref F"),
        (PROXY, "!GetAtt F.Arn"),
        (PROXY, "F"),
        (PROXY, "!Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${F}'"),
        (PROXY, "!Sub '${F}:$LATEST'"),
        (PROXY, "!ImportValue unknown-here"),
        (ALIAS, "!Ref F.Alias"),
        (ALIAS, "!Ref FAliaslive"),
        (ALIAS, "!Sub '${F.Arn}:live'"),
    ] {
        let template = template(&classic(&format!("{}{}", route("$default", integration), permission(function, ""))));
        assert_eq!(invocable(the_api(&template), "$default"), ("F", true), "{integration} {function}");
        assert_warnings(&template, &[]);
    }
}

#[test]
fn a_permission_may_be_for_some_routes_only() {
    let table = [
        ("${Api}/*", true),
        ("${Api}/*/*", true),
        ("${Api}/*/$default", true),
        ("${Api}/live/$default", true),
        ("*", true),
        ("${Unknown}/*", true),
        ("${Api}/*/$connect", false),
        ("${Api}/prod/*", false),
        ("${Api}/*/*/*", false),
        ("${Api}/authorizers/*", false),
        ("another/*", false),
    ];
    for (pattern, is_permitted) in table {
        let permission = permission("!Ref F", &source(pattern));
        let template = template(&classic(&format!("{}{permission}", route("$default", PROXY))));
        let api = the_api(&template);
        assert_eq!(invocable(api, "$default"), ("F", is_permitted), "{pattern}");
        let warning = "API Gateway may not invoke `F` for `Route`: the `SourceArn` of its permission does not match";
        assert_warnings(&template, &[warning][usize::from(is_permitted)..]);
        assert!(is_permitted || template.warnings[0].ends_with("that matches `…:${Api}/live/$default`"));
    }
}

#[test]
fn the_region_and_the_account_of_a_permission_say_where_it_is_deployed() {
    let arn = ", SourceArn: !Sub 'arn:aws-cn:execute-api:cn-north-1:999999999999:${Api}/*'";
    let template = template(&classic(&format!("{}{}", route("$default", PROXY), permission("!Ref F", arn))));
    assert_eq!(invocable(the_api(&template), "$default"), ("F", true));
}

#[test]
fn a_missing_permission_is_named_with_the_way_to_mend_it() {
    let queue = "  P: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, Principal: events.amazonaws.com, FunctionName: !Ref F}}\n";
    let other =
        "  G: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h, Runtime: provided.al2023}}\n";
    let table = [
        (PROXY, String::new(), "the template has no `AWS::Lambda::Permission` for it; add one with the principal"),
        (PROXY, queue.to_owned(), "no `AWS::Lambda::Permission` for it"),
        (PROXY, format!("{other}{}", permission("!Ref G", "")), "no `AWS::Lambda::Permission` for it"),
        (PROXY, permission("somebody-elses", ""), "no `AWS::Lambda::Permission` for it"),
        (
            PROXY,
            permission("!Ref F", &source("").replace("execute-api", "events")),
            "no `AWS::Lambda::Permission` for it",
        ),
        (ALIAS, permission("!Ref F", ""), "for another alias or version"),
        (PROXY, permission("!Ref F.Alias", ""), "for another alias or version"),
    ];
    for (integration, rest, words) in table {
        let template = template(&classic(&format!("{}{rest}", route("$default", integration))));
        assert_eq!(invocable(the_api(&template), "$default"), ("F", false), "{rest}");
        assert_warnings(&template, &[words]);
    }
}

#[test]
fn credentials_and_connectors_are_permissions_too() {
    let with_credentials = format!("{PROXY}, CredentialsArn: !GetAtt Role.Arn");
    let connector = "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Api}, Destination: {Id: F}, Permissions: [Write]}}\n";
    for rest in [route("$default", &with_credentials), format!("{}{connector}", route("$default", PROXY))] {
        let template = template(&classic(&rest));
        assert_eq!(invocable(the_api(&template), "$default"), ("F", true), "{rest}");
        assert_warnings(&template, &[]);
    }
}

#[test]
fn a_permission_whose_condition_cannot_be_told_counts() {
    let permission = permission("!Ref F", "").replace("Properties:", "Condition: Unknown, Properties:");
    let text = classic(&format!("{}{permission}", route("$default", PROXY)));
    let template = template(&format!("{text}\nConditions: {{Unknown: !Equals [!ImportValue x, y]}}"));
    assert_eq!(invocable(the_api(&template), "$default"), ("F", true));
}

#[test]
fn an_authorizer_needs_a_permission_of_its_own() {
    let guarded = |credentials: &str, pattern: &str| {
        let route = route("$connect", PROXY)
            .replace("RouteKey:", "AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard, RouteKey:");
        let guard = format!(
            "  Guard: {{Type: AWS::ApiGatewayV2::Authorizer, Properties: {{ApiId: !Ref Api, AuthorizerType: REQUEST, AuthorizerUri: !GetAtt F.Arn{credentials}}}}}\n"
        );
        classic(&format!("{route}{guard}{}", permission("!Ref F", &source(pattern))))
    };
    let table = [
        ("", "${Api}/*", true, 0),
        ("", "${Api}/authorizers/${Guard}", true, 1),
        ("", "${Api}/*/$connect", false, 1),
        (", AuthorizerCredentialsArn: !GetAtt Role.Arn", "${Api}/*/$connect", true, 0),
    ];
    for (credentials, pattern, is_permitted, warnings) in table {
        let template = template(&guarded(credentials, pattern));
        let Authorization::Lambda(authorizer) = &the_api(&template).authorization else { panic!("{template:?}") };
        assert_eq!(authorizer.invocable.is_permitted, is_permitted, "{credentials} {pattern}");
        assert_eq!(template.warnings.len(), warnings, "{:?}", template.warnings);
    }
}
