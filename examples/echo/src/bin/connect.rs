//! `$connect`

use echo::on_connect;
use parlor::{Aws, Sockets};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| Sockets::from_environment(&aws), on_connect).await
}
