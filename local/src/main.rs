//! `parlor`, the local stack at the command line.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use local::cli::Options;
use local::{console, stack};

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let options = Options::parse();
    console::choose(options.log);
    let outcome = stack::run(options, started).await;
    if let Err(failure) = &outcome {
        console::failure(failure);
    }
    console::finish();
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
