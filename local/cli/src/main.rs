//! `parlor`, the local stack at the command line.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use local_cli::command_line::{Command, CommandLine};
use local_cli::console::{Console, Format};
use local_cli::new;
use local_cli::stack;

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let command = CommandLine::parse().into_command();
    let console = Arc::new(Console::start(match &command {
        Command::Run(options) => options.stack.log,
        Command::Exec(options) => options.stack.log,
        Command::New(_) => Format::Text,
    }));
    let outcome = match command {
        Command::Run(options) => stack::run(&options, started, &console).await.map(|()| ExitCode::SUCCESS),
        Command::Exec(options) => stack::exec(&options, started, &console).await.map(ExitCode::from),
        Command::New(options) => new::create(&options, &console).map(|()| ExitCode::SUCCESS),
    };
    if let Err(failure) = &outcome {
        console.failure(failure);
    }
    console.finish();
    outcome.unwrap_or(ExitCode::FAILURE)
}
