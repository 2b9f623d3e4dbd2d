//! No text makes the reader panic, overflow its stack or run on.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::*;

const SERVERLESS: &str = include_str!("../tests/templates/serverless.yaml");
const CLASSIC: &str = include_str!("../tests/templates/classic.yaml");
const WIDE: &str = include_str!("../tests/templates/wide.yaml");

const CONFIGURATION: &str = r#"
version = 0.1
[default.deploy.parameters]
parameter_overrides = ["A=1 B='two words'", { C = 3, D = ["e", "f"] }]
[prod.global.parameters]
parameter_overrides = "ParameterKey=A,ParameterValue=\"x\""
"#;

/// Types of resources.
const TYPES: &str = "
    AWS::Serverless::Function AWS::Serverless::HttpApi AWS::Serverless::SimpleTable AWS::Serverless::WebSocketApi
    AWS::ApiGatewayV2::Api AWS::ApiGatewayV2::Integration AWS::ApiGatewayV2::Route AWS::ApiGatewayV2::Stage
    AWS::DynamoDB::Table AWS::Events::Rule AWS::Lambda::Alias AWS::Lambda::Function AWS::ApiGateway::ApiKey
    AWS::ApiGatewayV2::ApiMapping AWS::ApiGatewayV2::Authorizer AWS::ApiGatewayV2::IntegrationResponse
    AWS::ApiGatewayV2::RouteResponse AWS::Lambda::Permission AWS::Serverless::Connector
";

const WORDS: [&str; 31] = [
    "A",
    "B",
    "C.Arn",
    "$connect",
    "$default",
    "${A}",
    "${A.Arn}-${!x}",
    "${",
    "}",
    "",
    "AWS::NoValue",
    "AWS::Region",
    "WEBSOCKET",
    "AWS_PROXY",
    "CUSTOM",
    "arn:aws:lambda:us-east-1:123456789012:function:A",
    "HTTP",
    "MOCK",
    "GET /a/{b+}",
    "integrations/B",
    "lambda:InvokeFunction",
    "apigateway.amazonaws.com",
    "arn:aws:execute-api:*:*:*/*/${A}",
    "\\$default",
    "#set($a = $input.path('$'))",
    "${stageVariables.A}",
    "{{resolve:ssm:a}}",
    "true",
    "[a-z]{1,9}(",
    "$util",
    "é$é#é",
];

/// Keys of sections, properties and intrinsics.
const KEYS: &str = "
    Ref Condition Fn::And Fn::Base64 Fn::Equals Fn::FindInMap Fn::GetAtt Fn::If Fn::Join Fn::Not Fn::Or Fn::Select
    Fn::Split Fn::Sub Fn::ToJsonString A ApiId Auth AuthArn AuthType Code Default Environment Events FunctionArn
    Handler IdentitySource IntegrationUri KeySchema Name Properties ProtocolType RouteKey RouteSelectionExpression
    Routes Runtime StageName Target Type Variables Fn::ImportValue Fn::Length Fn::Transform AllowedPattern
    AllowedValues MaxLength MaxValue MinLength MinValue NoEcho Action Principal FunctionName SourceArn Destination
    Id ApiKeyRequired ApiKeySelectionExpression Enabled Value AuthorizationType AuthorizerId AuthorizerType
    AuthorizerUri CredentialsArn DefaultRouteSettings RouteSettings ThrottlingBurstLimit ThrottlingRateLimit
    DisableExecuteApiEndpoint IntegrationId IntegrationResponseKey IntegrationSubtype IntegrationType
    PayloadFormatVersion RequestTemplates ResponseTemplates RouteId RouteResponseKey
    RouteResponseSelectionExpression StageVariables TemplateSelectionExpression TimeoutInMillis AutoPublishAlias
    aws:asset:path aws:asset:property $default $connect
";

fn names(words: &'static str) -> Vec<&'static str> {
    words.split_whitespace().collect()
}

fn read_all(text: &str) {
    for function_names in [FunctionNames::LogicalId, FunctionNames::Binary] {
        let options = ReadOptions {
            function_names,
            parameters: BTreeMap::new(),
            configured: Configuration {
                file: "samconfig.toml".to_owned(),
                parameters: [("C".to_owned(), "chosen".to_owned())].into(),
            },
            imports: [("A".to_owned(), "imported".to_owned())].into(),
        };
        let _ = parse(text, Path::new("/"), &options);
    }
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        4 => select(&WORDS[..]).prop_map(serde_json::Value::from),
        1 => any::<i32>().prop_map(serde_json::Value::from),
        1 => any::<bool>().prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(5, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            // One key is what an intrinsic has.
            btree_map(select(names(KEYS)), inner.clone(), 1).prop_map(|map| json!(map)),
            btree_map(select(names(KEYS)), inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

fn properties() -> impl Strategy<Value = serde_json::Value> {
    btree_map(select(names(KEYS)), tree(), 0..12).prop_map(|map| json!(map))
}

fn template() -> impl Strategy<Value = String> {
    let assets = btree_map(select(&["aws:asset:path", "aws:asset:property"][..]), tree(), 0..2);
    let resource = (select(names(TYPES)), properties(), tree(), assets.prop_map(|map| json!(map)));
    let resources = btree_map(select(&["A", "B", "C", "D"][..]), resource, 1..5);
    (resources, tree(), tree(), tree(), properties()).prop_map(
        |(resources, conditions, mappings, function, parameter)| {
            let resources: BTreeMap<_, _> = resources
                .into_iter()
                .map(|(name, (kind, properties, build, mut metadata))| {
                    metadata["BuildProperties"] = build;
                    (name, json!({"Type": kind, "Properties": properties, "Metadata": metadata}))
                })
                .collect();
            json!({
                "Resources": resources,
                "Conditions": {"A": conditions, "B": {"Condition": "A"}},
                "Mappings": {"A": mappings},
                "Globals": {"Function": function, "WebSocketApi": function},
                "Parameters": {"C": parameter}
            })
            .to_string()
        },
    )
}

/// Replaces, repeats or removes a piece of `text`.
fn mutate(text: &str, changes: &[(Index, Index, &str, bool)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (start, length, word, keeps) in changes {
        let start = start.index(characters.len().max(1)).min(characters.len());
        let end = (start + length.index(40)).min(characters.len());
        let mut piece: Vec<char> = word.chars().collect();
        if *keeps {
            piece.extend_from_slice(&characters[start..end]);
        }
        characters.splice(start..end, piece);
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        read_all(&text);
    }

    #[test]
    fn any_damaged_template_is_read_or_refused(
        original in select(&[SERVERLESS, CLASSIC, WIDE][..]),
        changes in vec((any::<Index>(), any::<Index>(), select(&["", " ", "\n", "\n  ", "!Ref ", "!Sub ", "[", "]", "{", "}", ":", "- ", "&a ", "*a", "'", "\"", "$", "7"][..]), any::<bool>()), 1..6),
    ) {
        read_all(&mutate(original, &changes));
    }

    #[test]
    fn any_overrides_are_read_or_refused(words in vec("[ A='\"\\\\,é]{0,12}|ParameterKey=A,ParameterValue=.{0,6}|\\PC{0,12}", 0..4)) {
        let _ = parameter_overrides::parse(&words);
    }

    #[test]
    fn values_in_quotes_come_back_as_they_were(value in "\\PC{0,20}") {
        let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
        let read = parameter_overrides::parse(&[format!("A='{quoted}' B=b")]).unwrap();
        prop_assert_eq!(&read["A"], &value);
    }

    #[test]
    fn any_configuration_is_read_or_refused(
        text in "\\PC{0,40}",
        changes in vec((any::<Index>(), any::<Index>(), select(&["", "\n", "[", "]", "{", "}", "\"", "'", "=", ".", ",", "7", "é"][..]), any::<bool>()), 0..6),
    ) {
        for text in [text, mutate(CONFIGURATION, &changes)] {
            for is_toml in [true, false] {
                let _ = samconfig::parse(&text, is_toml, "samconfig.toml", None);
                let _ = samconfig::parse(&text, is_toml, "samconfig.toml", Some("prod"));
            }
        }
    }
}

proptest! {
    // A tree takes long to make.
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_tree_is_read_or_refused(text in template()) {
        read_all(&text);
    }
}

#[test]
fn a_configuration_that_nests_deeply_is_refused_or_read_without_overflowing_the_stack() {
    for depth in [50, 125, 10_000] {
        for (open, close) in [("[", "]"), ("{a=", "}"), ("{a: ", "}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let toml = format!("[default.deploy.parameters]\nparameter_overrides = {nested}");
            let _ = samconfig::parse(&toml, true, "samconfig.toml", None);
            let yaml = format!("default: {{deploy: {{parameters: {{parameter_overrides: {nested}}}}}}}");
            let _ = samconfig::parse(&yaml, false, "samconfig.yaml", None);
        }
    }
}

#[test]
fn a_template_on_lines_in_any_wrong_order_is_read_or_refused() {
    for original in [SERVERLESS, CLASSIC, WIDE] {
        let lines: Vec<&str> = original.lines().collect();
        for index in 0..lines.len() {
            let without: Vec<&str> = [&lines[..index], &lines[index + 1..]].concat();
            read_all(&without.join("\n"));
            read_all(&lines[..index].join("\n"));
        }
    }
}

#[test]
fn deep_nesting_is_refused_or_read_without_overflowing_the_stack() {
    for depth in [10, 60, 125, 200, 1_000] {
        for (open, close) in
            [("{\"Fn::Not\": [", "]}"), ("[", "]"), ("{\"Fn::Join\": [\"\", [", "]]}"), ("!Not [", "]")]
        {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let function = "Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: r";
            read_all(&format!("Resources: {{F: {{{function}, Environment: {{Variables: {{A: {nested}}}}}}}}}}}"));
            read_all(&format!("{{Conditions: {{A: {nested}}}, Resources: {{}}}}"));
        }
    }
}
