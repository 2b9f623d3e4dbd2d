//! The `$connect` authorizer

use notifications::{authorize, key_from_environment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(key_from_environment, authorize).await
}
