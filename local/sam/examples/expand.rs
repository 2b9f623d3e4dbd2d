//! Prints the CloudFormation template that a SAM template expands to.
//!
//! `cargo run -p local-sam --example expand -- template.yaml`

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "an example prints its result")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: expand TEMPLATE");
        return ExitCode::FAILURE;
    };
    match local_sam::expand(Path::new(&file), &BTreeMap::new()) {
        Ok((template, warnings)) => {
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
            println!("{template:#}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
