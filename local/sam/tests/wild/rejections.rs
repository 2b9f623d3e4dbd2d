//! What is rejected, left out or warned about.

use crate::harness::{refusal, template, texts};

/// One function `F` and whatever else.
fn with_function(rest: &str) -> String {
    format!(
        "Resources:\n  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: provided.al2023}}}}\n{rest}\n"
    )
}

#[test]
fn what_is_not_a_template_is_rejected_with_a_way_out() {
    let table = [
        ("a: [1\nb: 2", "line 2 column 2"),
        ("just words", "has no `Resources`"),
        ("Resources: 3", "has no `Resources`"),
        ("Resources: {A: 3}", "`A` is not a map"),
        ("Resources: {A: {}}", "the resource `A` has no `Type`"),
        (
            "Resources: {T: {Type: AWS::SNS::Topic}}\nConditions: {A: !Condition B, B: !Not [!Condition A]}",
            "the condition `A` needs `B` needs `A`",
        ),
        ("Resources: {}", "no `Resources`"),
    ];
    for (text, words) in table {
        let failure = refusal(text);
        assert!(failure.contains(words), "{text}: {failure}");
    }
}

#[test]
fn a_wrong_property_is_named_with_its_resource() {
    let api = |properties: &str| {
        with_function(&format!("  W: {{Type: AWS::Serverless::WebSocketApi, Properties: {properties}}}"))
    };
    let table = [
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h}}}".to_owned(),
            "`F` has no `Runtime`",
        ),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: h, Runtime: r, Timeout: long}}}"
                .to_owned(),
            "`Timeout` of `F` must be a whole number from 1 to 900, not `long`",
        ),
        (api("{Routes: {$default: {FunctionArn: !Ref F}}}"), "`W` has no `RouteSelectionExpression`"),
        (api("{RouteSelectionExpression: x}"), "`W` has no `Routes`"),
        (
            api("{RouteSelectionExpression: x, StageName: a/b, Routes: {a: {FunctionArn: !Ref F}}}"),
            "`Wa/bStage`, which is not alphanumeric",
        ),
        (api("{RouteSelectionExpression: x, Routes: {}}"), "`W` has no routes"),
        (api("{RouteSelectionExpression: x, Routes: {a: {}}}"), "`Routes.a` of `W` has no `FunctionArn`"),
        (api("{RouteSelectionExpression: x, Routes: {a: {FunctionArn: chat}}}"), "the template has the functions `F`"),
        (
            api("{RouteSelectionExpression: x, Routes: {a: {FunctionArn: !GetAtt G.Arn}}}"),
            "`Routes.a.FunctionArn` of `W`: `G` is neither a parameter nor a resource",
        ),
        (
            api(
                "{RouteSelectionExpression: x, Routes: {$connect: {FunctionArn: !Ref F}}, Auth: {AuthType: CUSTOM, AuthArn: !Ref F, IdentitySource: $request.header.A}}",
            ),
            "not an identity source of a WebSocket API",
        ),
        (
            with_function("  T: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: 3, AttributeDefinitions: []}}"),
            "`KeySchema` of `T` must be a list, not `3`",
        ),
        (
            with_function("  T: {Type: AWS::DynamoDB::Table, Condition: Missing, Properties: {}}"),
            "`T` has the condition `Missing`, which does not exist",
        ),
    ];
    for (text, words) in table {
        let failure = refusal(&text);
        assert!(failure.contains(words), "{text}\n{failure}");
    }
}

#[test]
fn a_function_elsewhere_is_left_out_with_a_warning() {
    let text = with_function(
        "  W: {Type: AWS::Serverless::WebSocketApi, Properties: {RouteSelectionExpression: x, Routes: {a: {FunctionArn: 'arn:aws:lambda:eu-west-1:999999999999:function:other'}, b: {FunctionArn: !Ref F}}}}",
    );
    let read = template(&text);
    assert_eq!(read.web_socket_apis[0].routes.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(read.warnings.len(), 1, "{:?}", read.warnings);
}

#[test]
fn a_route_of_an_unknown_api_is_left_out_with_a_warning() {
    let text = with_function("  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: abc123, RouteKey: a}}");
    let read = template(&text);
    assert_eq!(read.warnings, ["`R` is left out: its `ApiId` is not a WebSocket or HTTP API of the template"]);
}

#[test]
fn an_http_route_asks_for_authorizers_that_its_api_has() {
    let with_auth = |api: &str, event: &str| {
        let http_api = format!("Resources: {{H: {{Type: AWS::Serverless::HttpApi, Properties: {{Auth: {api}}}}}");
        let event = format!("{{Type: HttpApi, Properties: {{ApiId: !Ref H, Path: /, Method: GET, Auth: {event}}}}}");
        format!(
            "{http_api}, F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: r, Events: {{E: {event}}}}}}}}}"
        )
    };
    let table = [
        ("{EnableIamAuthorizer: true}", "{Authorizer: AWS_IAM}", true, 0),
        ("{EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}", "{}", true, 0),
        ("{EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}", "{Authorizer: NONE}", false, 0),
        (
            "{Authorizers: {Mine: {IdentitySource: $request.header.A, JwtConfiguration: {issuer: i, audience: [a]}}}}",
            "{Authorizer: Mine}",
            false,
            1,
        ),
    ];
    for (api, event, requires_iam, warnings) in table {
        let read = template(&with_auth(api, event));
        assert_eq!(read.http_apis[0].routes[0].requires_iam, requires_iam, "{api} {event}");
        assert_eq!(read.warnings.len(), warnings, "{api} {event}: {:?}", read.warnings);
    }
    assert!(refusal(&with_auth("{}", "{Authorizer: AWS_IAM}")).contains("set `EnableIamAuthorizer`"));
    assert!(refusal(&with_auth("{}", "{Authorizer: Mine}")).contains("`Mine`, which the API does not define"));
}

#[test]
fn a_value_from_parameter_store_fails_only_where_it_is_needed() {
    let parameters = "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /p}}\n";
    let function = |properties: &str| {
        format!(
            "{parameters}Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, {properties}}}}}}}"
        )
    };
    let text = function("Runtime: r, Environment: {Variables: {P: !Ref P, Q: q}}");
    let read = template(&text);
    assert_eq!(read.functions[0].environment, texts(&[("Q", "q")]));
    assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
    let failure = refusal(&function("Runtime: !Ref P"));
    assert!(
        failure.contains("`Runtime` of `F`: the value of the parameter `P` is in AWS Systems Manager"),
        "{failure}"
    );
}

#[test]
fn the_usual_mistakes_are_named_with_the_way_to_mend_them() {
    let api = |function: &str| {
        with_function(&format!(
            "  W: {{Type: AWS::Serverless::WebSocketApi, Properties: {{RouteSelectionExpression: x, Routes: {{a: {{FunctionArn: {function}}}}}}}}}"
        ))
    };
    let table = [
        (api("!Ref F.Arn"), "`Ref` of `F.Arn`, which is an attribute and not a resource (hint: write `!GetAtt F.Arn`)"),
        (api("'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${F}'"), "write the text with `!Sub`"),
        (with_function("").replace("Handler: h", "Handlr: h"), "before that: SAM rejects `Handlr` of `F`"),
        (with_function("").replace("Handler: h", "MemorySize: 64, Handler: h"), "from 128 to 10240"),
        (format!("Resources: {}", "[".repeat(100_000)), "brackets are nested deeper"),
    ];
    for (text, words) in table {
        let failure = refusal(&text);
        assert!(failure.contains(words), "{text:.300}\n{failure}");
    }
    let many: String = (0..501).map(|number| format!("  T{number}: {{Type: AWS::SNS::Topic}}\n")).collect();
    assert!(refusal(&format!("Resources:\n{many}")).contains("CloudFormation accepts 500"));
}

#[test]
fn events_that_never_happen_are_named() {
    let text = "
Resources:
  B: {Type: AWS::S3::Bucket}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f
      Handler: h
      Runtime: r
      Events:
        Up: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}
        Log: {Type: CloudWatchLogs, Properties: {LogGroupName: l, FilterPattern: p}}
        Get: {Type: Api, Properties: {Path: /, Method: get}}
";
    let read = template(text);
    for event in ["Events.Up", "Events.Log", "Events.Get"] {
        let named = read.warnings.iter().any(|warning| warning.contains(&format!("`{event}` of `F` is left out")));
        assert!(named, "{event}: {:?}", read.warnings);
    }
}

#[test]
fn a_table_may_have_a_short_logical_id() {
    let keys =
        "KeySchema: [{AttributeName: a, KeyType: HASH}], AttributeDefinitions: [{AttributeName: a, AttributeType: S}]";
    let read = template(&format!("Resources: {{DB: {{Type: AWS::DynamoDB::Table, Properties: {{{keys}}}}}}}"));
    assert_eq!(read.tables[0].name, "local-DB");
}

#[test]
fn a_rest_api_that_no_function_names_is_named_itself() {
    let text = "
Resources:
  ServerlessRestApiJobs: {Type: AWS::SQS::Queue}
  M:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: m.json, Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}}
";
    let read = template(text);
    for name in ["`ServerlessRestApi`", "`ServerlessRestApiJobs`"] {
        assert!(read.warnings.iter().any(|warning| warning.contains(name)), "{name}: {:?}", read.warnings);
    }
}
