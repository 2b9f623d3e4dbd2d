//! Prints the score board of an API.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    conformance::main().await
}
