//! The routes `echo` and `$default`

use echo::on_message;
use parlor::{Aws, Sockets};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| Sockets::from_environment(&aws), on_message).await
}
