//! The corpus of SAM templates that AWS's translator expands, or rejects.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use local_sam::samconfig::Configuration;
use local_sam::{FunctionNames, ReadOptions, read};

/// Templates whose routes or authorizers have the ARN of another stack's function, which is an error here.
const OF_ANOTHER_STACK: [&str; 3] =
    ["template-parameters-inlined", "websocket-auth-parameters", "websocket-function-arns"];

fn options() -> ReadOptions {
    ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    }
}

/// The files of a part of the corpus.
fn templates(part: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translator").join(part);
    let files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 100, "{} templates", files.len());
    files
}

fn name(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_template_that_aws_expands_is_read() {
    let (mut rejected, mut elsewhere) = (Vec::new(), BTreeSet::new());
    for file in templates("valid") {
        match read(&file, &options()) {
            Ok(_) => {}
            Err(failure) if failure.message().contains("is not a function of the template") => {
                elsewhere.insert(name(&file));
            }
            Err(failure) => rejected.push(format!("{}: {failure}", name(&file))),
        }
    }
    rejected.sort();

    assert!(rejected.is_empty(), "{}", rejected.join("\n"));
    assert_eq!(elsewhere, OF_ANOTHER_STACK.map(str::to_owned).into());
}

/// Templates that AWS's translator rejects, and that are read without a word about it.
const SILENT: [&str; 55] = [
    "connector-embedded-not-map",
    "connector-resource-id-missing",
    "connector-unknown-id",
    "connector-websocket-api",
    "connector-without-destination",
    "event-dead-letter-empty",
    "event-filter-criteria-elsewhere",
    "event-http-auth-without-authorizer",
    "event-http-authorizer-none-without-default",
    "event-id-not-alphanumeric",
    "event-schedule-dead-letter-type",
    "event-schedule-state-and-enabled",
    "event-schedule-v2-name-and-omit-name",
    "function-alias-empty-by-parameter",
    "function-alias-intrinsic",
    "function-alias-name",
    "function-capacity-provider-with-vpc",
    "function-deployment-preference-alarms",
    "function-deployment-preference-passthrough",
    "function-deployment-preference-without-alias",
    "function-deployment-preference-without-type",
    "function-property-not-boolean",
    "function-property-type",
    "function-provisioned-concurrency-without-alias",
    "function-reserved-tag",
    "function-role-if-malformed",
    "function-tags-not-map",
    "function-unknown-property",
    "function-version-deletion-policy-without-alias",
    "function-without-code",
    "http-auth-default-undefined",
    "http-auth-jwt-without-source",
    "http-auth-lambda-with-identity-source",
    "http-auth-lambda-without-function",
    "http-auth-lambda-without-version",
    "http-auth-open-id-connect-url",
    "http-auth-scopes-not-list",
    "http-auth-unknown-property",
    "http-authorizer-not-map",
    "http-domain-endpoint",
    "http-domain-mutual-tls-field",
    "http-domain-route53-without-zone",
    "http-domain-without-certificate",
    "http-jwt-configuration-not-map",
    "policy-document-without-statement",
    "policy-if-malformed",
    "policy-if-of-different-kinds",
    "policy-template-parameter-missing",
    "policy-template-parameters-not-map",
    "policy-unknown-template",
    "simple-table-key-without-name",
    "simple-table-unknown-property",
    "template-id-not-alphanumeric",
    "template-mapping-not-two-levels",
    "websocket-empty-routes",
];

#[test]
fn what_aws_rejects_is_rejected_or_warned_about() {
    let mut silent = BTreeSet::new();
    for file in templates("invalid") {
        if read(&file, &options()).is_ok_and(|template| template.warnings.is_empty()) {
            silent.insert(name(&file));
        }
    }

    assert_eq!(silent, SILENT.map(str::to_owned).into(), "keep the list of what is left to do up to date");
}
