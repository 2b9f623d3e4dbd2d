//! What a hostile or broken template may not do: take memory, time or the stack.

use std::fs;

use local_sam::read;

use crate::harness::{options, refusal};

#[test]
fn intrinsics_that_depend_on_one_another_without_end_are_rejected() {
    let mapping = "
Mappings: {M: {a: {b: [!FindInMap [M, a, b]]}}}
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Code: f, Handler: h, Runtime: !Join ['', !FindInMap [M, a, b]]}}
";
    assert!(refusal(mapping).contains("neither text nor a list of texts"), "{}", refusal(mapping));
    let name = |next: usize| (0..20).fold(format!("!Ref T{next}"), |name, _| format!("!Join ['', [{name}]]"));
    let table = |number: usize| {
        let keys = "KeySchema: [], AttributeDefinitions: []";
        let name = name(number + 1);
        format!("  T{number}: {{Type: AWS::DynamoDB::Table, Properties: {{{keys}, TableName: {name}}}}}\n")
    };
    let tables: String = (0..31).map(table).collect();
    let failure = refusal(&format!("Resources:\n{tables}"));
    assert!(failure.contains("too deeply") || failure.contains("is neither a parameter"), "{failure}");
}

#[test]
fn stacks_that_multiply_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    for level in 0..8 {
        let nested = |number| {
            format!(
                "  S{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: t{}.yaml}}}}\n",
                level + 1
            )
        };
        let stacks: String = (0..6).map(nested).collect();
        fs::write(directory.path().join(format!("t{level}.yaml")), format!("Resources:\n{stacks}")).unwrap();
    }
    fs::write(directory.path().join("t8.yaml"), "Resources: {T: {Type: AWS::SNS::Topic}}").unwrap();
    let failure = read(&directory.path().join("t0.yaml"), &options()).unwrap_err().to_string();
    assert!(failure.contains("or are more than 100"), "{failure}");
}

#[test]
fn what_is_not_a_file_of_a_templates_size_is_not_read() {
    let nested = |path: &str| {
        format!("Resources: {{C: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {path}}}}}}}")
    };
    let included =
        |path: &str| format!("Resources: {{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {path}}}}}}}");
    let directory = tempfile::tempdir().unwrap();
    let long = directory.path().join("long.yaml");
    fs::write(&long, "#".repeat(1_100_000)).unwrap();
    for (path, words) in [(directory.path(), "not a file"), (long.as_path(), "more than 1 MB")] {
        for text in [nested(path.to_str().unwrap()), included(path.to_str().unwrap())] {
            let failure = refusal(&text);
            assert!(failure.contains(words), "{failure}");
        }
    }
}

#[test]
fn a_loop_that_would_fill_the_memory_is_rejected_before_it_does() {
    let text = format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L: [I, [{}], {{'T${{I}}': {{Type: AWS::SNS::Topic, Properties: {{Name: '{}'}}}}}}]\n",
        "a".repeat(20_000),
        "${I}".repeat(100_000)
    );
    let failure = refusal(&text);
    assert!(failure.contains("longer than 1 MB"), "{failure}");
}
