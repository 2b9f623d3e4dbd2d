//! The corpus of SAM templates that AWS's translator expands, or rejects.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use local_sam::samconfig::Configuration;
use local_sam::{FunctionNames, ReadOptions, read};

/// Templates whose routes or authorizers have the ARN of another stack's function, which is an error here.
const OF_ANOTHER_STACK: [&str; 3] =
    ["template-parameters-inlined", "websocket-auth-parameters", "websocket-function-arns"];

#[test]
fn every_template_that_aws_expands_is_read() {
    let options = ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translator/valid");
    let (mut count, mut rejected) = (0, Vec::new());
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap().path();
        count += 1;
        let name = file.file_stem().unwrap().to_str().unwrap();
        match read(&file, &options) {
            Ok(_) if !OF_ANOTHER_STACK.contains(&name) => {}
            Err(failure)
                if OF_ANOTHER_STACK.contains(&name) && failure.message().contains("is no function of the template") => {
            }
            Ok(_) => rejected.push(format!("{name} is read: take it off the list")),
            Err(failure) => rejected.push(format!("{name}: {failure}")),
        }
    }
    rejected.sort();

    assert!(count > 100, "{count} templates");
    assert!(rejected.is_empty(), "{} of {count}:\n{}", rejected.len(), rejected.join("\n"));
}
