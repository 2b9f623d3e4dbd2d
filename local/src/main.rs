//! `parlor`, the local stack at the command line.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use local::cli::{Command, CommandLine};
use local::{console, new, stack};

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let outcome = match CommandLine::parse().into_command() {
        Command::Run(options) => {
            console::choose(options.stack.log);
            stack::run(&options, started).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Exec(options) => {
            console::choose(options.stack.log);
            stack::exec(&options, started).await.map(ExitCode::from)
        }
        Command::New(options) => new::create(&options).map(|()| ExitCode::SUCCESS),
    };
    if let Err(failure) = &outcome {
        console::failure(failure);
    }
    console::finish();
    outcome.unwrap_or(ExitCode::FAILURE)
}
