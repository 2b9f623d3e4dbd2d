//! Where the values of parameters come from, and who may see them.

use local_sam::samconfig::Configuration;
use local_sam::{ReadOptions, Template};

use crate::harness::{assert_warnings, options, template, texts, the_api, try_read};

/// One API whose stage is the parameter `Stage`, and whatever else.
fn with_stage(stage: &str, rest: &str) -> String {
    format!(
        "Parameters: {{Stage: {stage}, Other: {{Type: String, Default: other}}}}
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: src, Handler: h, Runtime: provided.al2023}}}}
  Api: {{Type: AWS::Serverless::WebSocketApi, Properties: {{StageName: !Ref Stage, RouteSelectionExpression: x, Routes: {{$default: {{FunctionArn: !Ref F}}}}}}}}
{rest}"
    )
}

fn configured(parameters: &[(&str, &str)]) -> Configuration {
    Configuration { file: "samconfig.toml".to_owned(), parameters: texts(parameters) }
}

fn stage(template: &Template) -> &str {
    &the_api(template).stage
}

#[test]
fn the_command_line_wins_over_the_file_and_the_file_over_the_default() {
    let text = with_stage("{Type: String, Default: dev}", "");
    assert_eq!(stage(&template(&text)), "dev");
    let file = ReadOptions { configured: configured(&[("Stage", "test")]), ..options() };
    assert_eq!(stage(&try_read(&text, &file).unwrap()), "test");
    let both = ReadOptions { parameters: texts(&[("Stage", "prod")]), ..file };
    assert_eq!(stage(&try_read(&text, &both).unwrap()), "prod");
}

#[test]
fn a_parameter_that_the_template_lacks_is_a_warning_in_the_file_and_a_failure_on_the_command_line() {
    let text = with_stage("{Type: String, Default: dev}", "");
    let file = ReadOptions { configured: configured(&[("Stge", "test")]), ..options() };
    assert_warnings(&try_read(&text, &file).unwrap(), &["`samconfig.toml` sets the parameter `Stge`"]);
    let command_line = ReadOptions { parameters: texts(&[("Stge", "test")]), ..options() };
    let failure = try_read(&text, &command_line).unwrap_err();
    assert!(
        failure.contains("the parameter `Stge` does not exist") && failure.contains("`Other`, `Stage`"),
        "{failure}"
    );
}

#[test]
fn a_parameter_without_a_value_matters_only_where_it_is_needed() {
    let text = with_stage(
        "{Type: String, Default: dev}",
        "  Name: {Type: AWS::Route53::RecordSet, Properties: {HostedZoneId: !Ref Zone}}",
    )
    .replace("Parameters: {", "Parameters: {Zone: {Type: AWS::Route53::HostedZone::Id}, ");
    assert_warnings(&template(&text), &["no value for the parameters `Zone`: pass them with `--parameter-overrides`"]);
    let failure = try_read(&with_stage("{Type: String}", ""), &options()).unwrap_err();
    assert!(failure.contains("`StageName` of `Api`: the parameter `Stage` has no value"), "{failure}");
    assert!(failure.contains("`--parameter-overrides Stage=VALUE`"), "{failure}");
}

#[test]
fn a_value_is_checked_before_anything_is_served() {
    let text =
        with_stage("{Type: String, Default: dev, AllowedPattern: '[a-z]+', ConstraintDescription: small letters}", "");
    let options = ReadOptions { parameters: texts(&[("Stage", "PROD")]), ..options() };
    let failure = try_read(&text, &options).unwrap_err();
    let message = "the value of the parameter `Stage` does not match its `AllowedPattern` `[a-z]+`";
    assert!(failure.contains(message), "{failure}");
    assert!(failure.contains("the template says: small letters"), "{failure}");
}

#[test]
fn a_value_with_no_echo_is_never_shown() {
    let secret = "{Type: String, NoEcho: true, Default: 'top secret'}";
    let options = |parameters: &[(&str, &str)]| ReadOptions { parameters: texts(parameters), ..options() };
    let failure = try_read(&with_stage(secret, ""), &options(&[])).unwrap_err();
    assert!(failure.contains("`StageName` of `Api` is `****`"), "{failure}");
    let long = format!("{}{}", "x".repeat(55), "hidden");
    let timeout = with_stage("{Type: String, NoEcho: true, Default: x}", "")
        .replace("Runtime: provided.al2023", "Runtime: provided.al2023, Timeout: !Sub '${Stage}'");
    let failure = try_read(&timeout, &options(&[("Stage", &long)])).unwrap_err();
    assert!(failure.contains("not `****`"), "{failure}");
    let rule = "  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: abc, RouteKey: a, Target: !Ref Stage}}";
    let left_out = with_stage("{Type: String, NoEcho: 'true', Default: 'topsecret'}", rule);
    for warning in try_read(&left_out, &options(&[])).unwrap().warnings {
        assert!(!warning.contains("topsecret"), "{warning}");
    }
}

#[test]
fn an_export_of_another_stack_can_be_given() {
    let text = with_stage("{Type: String, Default: dev}", "")
        .replace("!Ref Stage", "{'Fn::ImportValue': !Sub '${Stage}-Name'}");
    let failure = try_read(&text, &options()).unwrap_err();
    assert!(failure.contains("asks for `dev-Name`") && failure.contains("`--import dev-Name=VALUE`"), "{failure}");
    let options = ReadOptions { imports: texts(&[("dev-Name", "shared")]), ..options() };
    assert_eq!(stage(&try_read(&text, &options).unwrap()), "shared");
}

#[test]
fn a_value_with_no_echo_is_removed_from_what_others_say_of_the_template() {
    let text = "
Parameters: {Word: {Type: String, NoEcho: true, Default: hunter2}}
Resources: {T: {Type: AWS::SNS::Topic}}
";
    let failure = local_core::failure::Failure::new("the table `hunter2` is invalid", "rename `hunter2`");
    let hidden = template(text).hide(&failure);
    assert_eq!((hidden.message(), hidden.hint()), ("the table `****` is invalid", "rename `****`"));
}
