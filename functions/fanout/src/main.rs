//! Asynchronous: delivers a frame to the rest of a large room, after the function that accepted it has sent it to the first
//! page.

use std::process::ExitCode;

use chat::METRICS_NAMESPACE;
use parlor::{Aws, FanoutWorker, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| FanoutWorker::from_environment(&aws, METRICS_NAMESPACE), FanoutWorker::carry_out).await
}
