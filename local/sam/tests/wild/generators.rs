//! What the CDK and the Serverless Framework make of an application.

use std::path::Path;

use local_sam::{Authorization, Code, Function};
use serde_json::{Value, json};

use crate::harness::{assert_warnings, invocable, template, the_api};

/// `arn:PARTITION:SERVICE…` as the CDK writes it.
fn joined(parts: &[Value]) -> Value {
    json!({"Fn::Join": ["", parts]})
}

fn reference(name: &str) -> Value {
    json!({"Ref": name})
}

/// An API with `$connect`, which an authorizer guards, and `$default`; one function each, and one that is bundled code.
fn cdk() -> Value {
    let region_and_account = [reference("AWS::Region"), json!(":"), reference("AWS::AccountId"), json!(":")];
    let source = |rest: &[Value]| {
        let start = [json!("arn:"), reference("AWS::Partition"), json!(":execute-api:")];
        joined(&[&start[..], &region_and_account, &[reference("ChatF70053CD")], rest].concat())
    };
    let uri = |function: &str| {
        joined(&[
            json!("arn:"),
            reference("AWS::Partition"),
            json!(":apigateway:"),
            reference("AWS::Region"),
            json!(":lambda:path/2015-03-31/functions/"),
            json!({"Fn::GetAtt": [function, "Arn"]}),
            json!("/invocations"),
        ])
    };
    let function = |asset: &str| {
        json!({
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "0ca1.zip"},
                "Environment": {"Variables": {"CALLBACK": {"Fn::Join": ["", ["https://", reference("ChatF70053CD"), ".execute-api.", reference("AWS::Region"), ".amazonaws.com/prod"]]}}},
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": {"Fn::FindInMap": ["LatestNodeRuntimeMap", reference("AWS::Region"), "value"]}
            },
            "DependsOn": ["Policy", "Role"],
            "Metadata": {
                "aws:cdk:path": "Stack/Connect/Resource",
                "aws:asset:path": asset,
                "aws:asset:is-bundled": true,
                "aws:asset:property": "Code"
            }
        })
    };
    let permission = |function: &str, source: Value| {
        json!({"Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": [function, "Arn"]},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": source
        }})
    };
    let integration = |function: &str| {
        json!({"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
            "ApiId": reference("ChatF70053CD"), "IntegrationType": "AWS_PROXY", "IntegrationUri": uri(function)
        }})
    };
    let target = |integration: &str| joined(&[json!("integrations/"), reference(integration)]);
    json!({
        "Resources": {
            "ChatF70053CD": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
                "Name": "Chat", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"
            }, "Metadata": {"aws:cdk:path": "Stack/Chat/Resource"}},
            "ChatconnectRoute1": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                "ApiId": reference("ChatF70053CD"), "AuthorizationType": "CUSTOM", "AuthorizerId": reference("Guard1"),
                "RouteKey": "$connect", "Target": target("ConnectIntegration1")
            }},
            "ChatdefaultRoute2": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                "ApiId": reference("ChatF70053CD"), "AuthorizationType": "NONE", "RouteKey": "$default",
                "RouteResponseSelectionExpression": "$default", "Target": target("DefaultIntegration2")
            }},
            "ChatdefaultRouteResponse2": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {
                "ApiId": reference("ChatF70053CD"), "RouteId": reference("ChatdefaultRoute2"), "RouteResponseKey": "$default"
            }},
            "ConnectIntegration1": integration("Connect1"),
            "DefaultIntegration2": integration("Default2"),
            "ConnectPermission1": permission("Connect1", source(&[json!("/*$connect")])),
            "DefaultPermission2": permission("Default2", source(&[json!("/*$default")])),
            "GuardPermission1": permission("Connect1", source(&[json!("/authorizers/"), reference("Guard1")])),
            "Guard1": {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {
                "ApiId": reference("ChatF70053CD"), "AuthorizerType": "REQUEST", "AuthorizerUri": uri("Connect1"),
                "IdentitySource": ["route.request.querystring.token"], "Name": "Guard"
            }},
            "Prod": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {
                "ApiId": reference("ChatF70053CD"), "AutoDeploy": true, "StageName": "prod"
            }},
            "Connect1": function("asset.0ca1d5b6"),
            "Default2": function("asset.77fe"),
            "Zipped": function("asset.1234.zip"),
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": {}},
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable", "Properties": {"Analytics": "v2:deflate64:x"}}
        },
        "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [reference("AWS::Region"), "af-south-1"]}, {"Fn::Equals": [reference("AWS::Region"), "us-east-1"]}]}},
        "Mappings": {"LatestNodeRuntimeMap": {"us-east-1": {"value": "nodejs22.x"}}},
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], reference("BootstrapVersion")]}]}, "AssertDescription": "too old"}]}}
    })
}

#[test]
fn a_template_of_the_cdk_is_served() {
    let template = template(&cdk().to_string());
    let api = the_api(&template);
    assert_eq!(
        (api.stage.as_str(), invocable(api, "$connect"), invocable(api, "$default")),
        ("prod", ("Connect1", true), ("Default2", true))
    );
    assert!(api.routes["$default"].returns_response);
    let Authorization::Lambda(authorizer) = &api.authorization else { panic!("{api:?}") };
    assert_eq!((authorizer.invocable.function.name.as_str(), authorizer.invocable.is_permitted), ("Connect1", true));
    let functions: Vec<_> = template
        .functions
        .iter()
        .map(|function| {
            (function.logical_id.as_str(), directory_of(function).file_name().unwrap(), function.runtime.as_str())
        })
        .collect();
    assert_eq!(
        functions,
        [("Connect1", "asset.0ca1d5b6".as_ref(), "nodejs22.x"), ("Default2", "asset.77fe".as_ref(), "nodejs22.x")]
    );
    let warnings = [
        "the parameter `BootstrapVersion` has no value here",
        "`Zipped` is not run here: its code is not in a local directory",
    ];
    assert_warnings(&template, &warnings);
}

/// What `serverless package` writes for a service with one function on `$connect` and `say`.
fn serverless_framework() -> Value {
    let function = || {
        json!({"Type": "AWS::Lambda::Function", "Properties": {
            "Code": {"S3Bucket": reference("ServerlessDeploymentBucket"), "S3Key": "serverless/chat/dev/chat.zip"},
            "FunctionName": "chat-dev-handler", "Handler": "handler.handler", "Runtime": "nodejs22.x", "Timeout": 6,
            "Role": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]}
        }, "DependsOn": ["HandlerLogGroup"]})
    };
    let route = |key: &str, more: Value| {
        let mut properties = json!({
            "ApiId": reference("WebsocketsApi"), "RouteKey": key, "AuthorizationType": "NONE", "ApiKeyRequired": false,
            "Target": {"Fn::Join": ["/", ["integrations", reference("HandlerWebsocketsIntegration")]]}
        });
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Type": "AWS::ApiGatewayV2::Route", "Properties": properties})
    };
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
            "ServerlessDeploymentBucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": reference("ServerlessDeploymentBucket"), "PolicyDocument": {}}},
            "HandlerLogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/chat-dev-handler"}},
            "IamRoleLambdaExecution": {"Type": "AWS::IAM::Role", "Properties": {}},
            "HandlerLambdaFunction": function(),
            "HandlerLambdaVersionAbc": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain", "Properties": {"FunctionName": reference("HandlerLambdaFunction")}},
            "WebsocketsApi": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "dev-chat-websockets", "RouteSelectionExpression": "$request.body.action", "Description": "", "ProtocolType": "WEBSOCKET"}},
            "HandlerWebsocketsIntegration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
                "ApiId": reference("WebsocketsApi"), "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::Join": ["", ["arn:", reference("AWS::Partition"), ":apigateway:", reference("AWS::Region"), ":lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["HandlerLambdaFunction", "Arn"]}, "/invocations"]]}
            }},
            "HandlerLambdaPermissionWebsockets": {"Type": "AWS::Lambda::Permission", "DependsOn": ["WebsocketsApi", "HandlerLambdaFunction"], "Properties": {
                "FunctionName": {"Fn::GetAtt": ["HandlerLambdaFunction", "Arn"]}, "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"
            }},
            "SconnectWebsocketsRoute": route("$connect", json!({})),
            "sayWebsocketsRoute": route("say", json!({"RouteResponseSelectionExpression": "$default"})),
            "sayWebsocketsRouteResponse": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {"ApiId": reference("WebsocketsApi"), "RouteId": reference("sayWebsocketsRoute"), "RouteResponseKey": "$default"}},
            "WebsocketsDeploymentStage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": reference("WebsocketsApi"), "StageName": "dev", "Description": "", "DeploymentId": reference("WebsocketsDeploymentAbc")}},
            "WebsocketsDeploymentAbc": {"Type": "AWS::ApiGatewayV2::Deployment", "DependsOn": ["SconnectWebsocketsRoute", "sayWebsocketsRoute"], "Properties": {"ApiId": reference("WebsocketsApi")}}
        },
        "Outputs": {"ServiceEndpointWebsocket": {"Value": {"Fn::Join": ["", ["wss://", reference("WebsocketsApi"), ".execute-api.", reference("AWS::Region"), ".", reference("AWS::URLSuffix"), "/dev"]]}}}
    })
}

#[test]
fn a_template_of_the_serverless_framework_is_served() {
    let template = template(&serverless_framework().to_string());
    let api = the_api(&template);
    assert_eq!(
        (api.stage.as_str(), invocable(api, "$connect"), invocable(api, "say")),
        ("dev", ("HandlerLambdaFunction", true), ("HandlerLambdaFunction", true))
    );
    assert!(api.routes["say"].returns_response && !api.routes["say"].requires_api_key);
    let warnings = [
        "`AWS::S3::Bucket` are not emulated: `ServerlessDeploymentBucket`",
        "`HandlerLambdaFunction` is not run here: its code is not in a local directory",
    ];
    assert_warnings(&template, &warnings);
}

fn directory_of(function: &Function) -> &Path {
    match &function.code {
        Code::Directory(directory) => directory,
        Code::Inline(_) => panic!("`{}` is inline", function.logical_id),
    }
}
