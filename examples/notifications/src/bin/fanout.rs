//! Delivers greetings, and notifications to topics with many followers.

use parlor::{Aws, Error, FanoutEvent, FanoutWorker};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| FanoutWorker::from_environment(&aws, "Notifications"), deliver).await
}

async fn deliver(worker: &FanoutWorker, event: FanoutEvent) -> Result<(), Error> {
    worker.carry_out(event).await
}
