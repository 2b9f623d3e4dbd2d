//! Asynchronous: delivers a frame to the rest of a large room, after the function that accepted it has sent it to the first
//! page.

use std::process::ExitCode;

use chat::METRICS_NAMESPACE;
use parlor::{Aws, Error, FanoutWorker, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(worker, FanoutWorker::carry_out).await
}

async fn worker(aws: Aws) -> Result<FanoutWorker, Error> {
    let worker = FanoutWorker::from_environment(&aws, METRICS_NAMESPACE)?;
    tokio::join!(aws.warm_up(1), worker.warm_up());
    Ok(worker)
}
