//! Prints what the local stack serves of a template, without the warnings.
//!
//! `cargo run -p local-sam --example model -- template.yaml`

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "an example prints its result")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use local_sam::samconfig::Configuration;
use local_sam::{FunctionNames, ReadOptions};

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: model TEMPLATE");
        return ExitCode::FAILURE;
    };
    let options = ReadOptions {
        function_names: FunctionNames::LogicalId,
        parameters: BTreeMap::new(),
        configured: Configuration::default(),
        imports: BTreeMap::new(),
    };
    match local_sam::read(Path::new(&file), &options) {
        Ok(mut template) => {
            template.warnings.clear();
            println!("{template:#?}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
