//! `parlor`, the local stack at the command line.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use local::cli::Options;
use local::{console, stack};

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    match stack::run(Options::parse(), started).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::line(failure);
            ExitCode::FAILURE
        }
    }
}
