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
        ("chat.yaml, Parameters: {Nothing: x}", "the nested stack `Chat`: there is no parameter `Nothing`"),
        ("template.yaml", "nested deeper than 8 levels"),
        ("chat.yaml, Parameters: {Table: !GetAtt Chat.Outputs.Api}", "`Parameters.Table` of `Chat`"),
    ];
    for (properties, words) in table {
        let failure = read_files(&[("template.yaml", &parent(properties)), ("chat.yaml", &chat)]).unwrap_err();
        assert!(failure.contains(words), "{failure}");
    }

    let template = read_files(&[("template.yaml", &parent("s3://bucket/template.yaml"))]).unwrap();
    assert_eq!(template.warnings, ["`Chat` is left out: its template is not a local file"]);
    let template = read_files(&[("template.yaml", &parent("chat.yaml")), ("chat.yaml", &chat)]).unwrap();
    assert_eq!(
        template.warnings[0],
        "the nested stack `Chat`: no value for the parameters `Colors`, `Table`: pass them with `--parameter-overrides`"
    );
}
