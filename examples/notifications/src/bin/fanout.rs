//! Delivers greetings, and notifications to topics with many followers.

use parlor::{Aws, FanoutWorker};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| FanoutWorker::from_environment(&aws, "Notifications"), FanoutWorker::carry_out).await
}
