//! Stacks that are nested in others, whose templates are local files.

use std::fs;

use local_sam::{Integration, Template, read};

use crate::harness::{options, texts};

/// Reads `template.yaml` of these files.
fn read_files(files: &[(&str, &str)]) -> Result<Template, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    read(&directory.path().join("template.yaml"), &options()).map_err(|failure| failure.to_string())
}

const PARENT: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Rows:
    Type: AWS::Serverless::Application
    Properties: {Location: rows/template.yaml, Parameters: {Stage: dev}}
  Chat:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: chat/template.yaml
      Parameters: {Table: !GetAtt Rows.Outputs.Table, Guard: !GetAtt Guard.Arn, Colors: [red, blue]}
  Guard:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: guard, Handler: h, Runtime: provided.al2023, Environment: {Variables: {API: !GetAtt Chat.Outputs.Api}}}
";
const ROWS: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}}
Resources:
  Table: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: !Sub '${AWS::StackName}-${Stage}'}}
Outputs: {Table: {Value: !Ref Table}}
";
const CHAT: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Table: {Type: String}, Guard: {Type: String}, Colors: {Type: CommaDelimitedList}}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$connect: {FunctionArn: !Ref Guard}, $default: {FunctionArn: !GetAtt Say.Arn}}
  Say:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: say
      Handler: h
      Runtime: provided.al2023
      Environment: {Variables: {TABLE: !Ref Table, COLOR: !Select [1, !Ref Colors]}}
Outputs: {Api: {Value: !Ref Api}}
";

#[test]
fn what_nested_stacks_have_is_served_with_names_of_its_own() {
    let files = [("template.yaml", PARENT), ("rows/template.yaml", ROWS), ("chat/template.yaml", CHAT)];
    let template = read_files(&files).unwrap();

    assert_eq!(template.warnings, Vec::<String>::new());
    assert_eq!(template.tables[0].name, "local-Rows-dev");
    let functions: Vec<_> = template.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(functions, ["Chat-Say", "Guard"]);
    let say = &template.functions[0];
    assert_eq!(say.environment, texts(&[("COLOR", "blue"), ("TABLE", "local-Rows-dev")]));
    let local_sam::Code::Directory(code) = &say.code else { panic!("{say:?}") };
    assert!(code.ends_with("chat/say"), "{code:?}");
    let [api] = template.web_socket_apis.as_slice() else { panic!("{template:?}") };
    assert_eq!(api.logical_id, "Chat-Api");
    assert_eq!(template.functions[1].environment, texts(&[("API", &api.api_id)]));
    let invoked: Vec<_> = api
        .routes
        .values()
        .map(|route| match &route.integration {
            Integration::Lambda(invocable) => (invocable.function.name.as_str(), invocable.is_permitted),
            Integration::Mock(mock) => panic!("{mock:?}"),
        })
        .collect();
    assert_eq!(invoked, [("Guard", true), ("Chat-Say", true)]);
}

#[test]
fn a_nested_stack_that_cannot_be_read_is_named() {
    let parent = |properties: &str| {
        format!("Resources: {{Chat: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {properties}}}}}}}")
    };
    let chat = CHAT.replace("Guard: {Type: String}", "Guard: {Type: String, Default: Say}");
    let table = [
        ("missing.yaml", "the nested stack `Chat`: cannot read"),
        ("chat.yaml, Parameters: {Nothing: x}", "the nested stack `Chat`: the parameter `Nothing` does not exist"),
        ("template.yaml", "nested deeper than 8 levels"),
    ];
    for (properties, words) in table {
        let failure = read_files(&[("template.yaml", &parent(properties)), ("chat.yaml", &chat)]).unwrap_err();
        assert!(failure.contains(words), "{failure}");
    }

    let template = read_files(&[("template.yaml", &parent("s3://bucket/template.yaml"))]).unwrap();
    assert_eq!(template.warnings, ["`Chat` is left out: its template is not a local file"]);
    let template = read_files(&[("template.yaml", &parent("chat.yaml")), ("chat.yaml", &chat)]).unwrap();
    assert!(template.warnings[0].contains("no value for the parameters `Colors`, `Table`"), "{:?}", template.warnings);
}

#[test]
fn a_parameter_whose_value_cannot_be_told_fails_only_where_it_is_needed() {
    let parent = |value: &str| {
        format!(
            "
Transform: AWS::Serverless-2016-10-31
Resources:
  Pool: {{Type: AWS::Cognito::UserPool}}
  Chat:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: chat.yaml, Parameters: {{Table: !GetAtt {value}, Guard: Say, Colors: 'red,blue'}}}}
"
        )
    };
    // The second needs itself.
    for value in ["Pool.Arn", "Chat.Outputs.Api"] {
        let template = read_files(&[("template.yaml", &parent(value)), ("chat.yaml", CHAT)]).unwrap();
        assert_eq!(template.functions[0].environment, texts(&[("COLOR", "blue")]));
        let named = template.warnings.iter().any(|warning| warning.contains("`Parameters.Table` of `Chat`"));
        assert!(named, "{:?}", template.warnings);
    }
}

#[test]
fn a_function_of_another_stack_is_not_one_of_the_same_logical_id() {
    let parent = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Say: {Type: AWS::Serverless::Function, Properties: {CodeUri: say, Handler: h, Runtime: provided.al2023}}
  Chat:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: chat.yaml, Parameters: {Table: t, Guard: !GetAtt Say.Arn, Colors: 'red,blue'}}
";
    let template = read_files(&[("template.yaml", parent), ("chat.yaml", CHAT)]).unwrap();
    let functions: Vec<_> = template.web_socket_apis[0]
        .routes
        .values()
        .map(|route| match &route.integration {
            Integration::Lambda(invocable) => invocable.function.name.as_str(),
            Integration::Mock(mock) => panic!("{mock:?}"),
        })
        .collect();
    assert_eq!(functions, ["Say", "Chat-Say"]);
}

#[test]
fn a_secret_of_any_stack_is_hidden_in_all() {
    let parent = "
Parameters: {Word: {Type: String, NoEcho: true, Default: hunter2}}
Resources:
  Chat: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: chat.yaml, Parameters: {Plain: !Ref Word}}}
  F:
    Type: AWS::Lambda::Function
    Properties: {Code: f, Handler: h, Runtime: r, Environment: {Variables: {A: !FindInMap [No, !GetAtt Chat.Outputs.Own, x]}}}
";
    let child = "
Parameters: {Plain: {Type: String}, Own: {Type: String, NoEcho: true, Default: topsecret}}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Code: f, Handler: h, Runtime: r, Environment: {Variables: {A: !FindInMap [No, !Ref Plain, x]}}}
Outputs: {Own: {Value: !Ref Own}}
";
    let template = read_files(&[("template.yaml", parent), ("chat.yaml", child)]).unwrap();
    assert_eq!(template.warnings.len(), 2, "{:?}", template.warnings);
    assert!(template.warnings.iter().all(|warning| warning.contains("`No.****.x`")), "{:?}", template.warnings);
    let variable = "Environment: {Variables: {A: !FindInMap [No, !GetAtt Chat.Outputs.Own, x]}}";
    let parent = parent.replace(variable, "Timeout: !GetAtt Chat.Outputs.Own");
    let failure = read_files(&[("template.yaml", &parent), ("chat.yaml", child)]).unwrap_err();
    assert!(failure.contains("not `****`"), "{failure}");
}

#[test]
fn a_permission_of_the_outer_stack_counts_for_a_nested_api() {
    let parent = "
Resources:
  Say: {Type: AWS::Lambda::Function, Properties: {Code: say, Handler: h, Runtime: r}}
  Chat: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: chat.yaml, Parameters: {Say: !GetAtt Say.Arn}}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Say
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Chat.Outputs.Api}/*'
";
    let child = "
Parameters: {Say: {Type: String}}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, Name: a, RouteSelectionExpression: x}}
  Live: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: live, AutoDeploy: true}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: a, Target: !Sub 'integrations/${ToSay}'}}
  ToSay: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Ref Say}}
Outputs: {Api: {Value: !Ref Api}}
";
    let template = read_files(&[("template.yaml", parent), ("chat.yaml", child)]).unwrap();
    assert_eq!(template.warnings, Vec::<String>::new());
}
