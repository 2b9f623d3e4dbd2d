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
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = entries.filter(|entry| entry.is_file()).collect();
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

#[test]
fn what_aws_rejects_is_rejected_or_warned_about() {
    let mut silent = BTreeSet::new();
    for file in templates("invalid") {
        if read(&file, &options()).is_ok_and(|template| template.warnings.is_empty()) {
            silent.insert(name(&file));
        }
    }

    assert!(silent.is_empty(), "{silent:?}");
}
