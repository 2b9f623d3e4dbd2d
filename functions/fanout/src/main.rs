//! Asynchronous: delivers one frame to what is left of a large audience. Who accepted the frame has told the first page.

use std::process::ExitCode;

use shared::{Delivering, Error, Worker, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Worker::from_environment, deliver).await
}

async fn deliver(worker: &Worker, delivering: Delivering) -> Result<(), Error> {
    worker.carry_out(delivering).await
}
