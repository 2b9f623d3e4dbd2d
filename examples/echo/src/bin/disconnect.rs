//! `$disconnect`

use echo::on_disconnect;
use parlor::{Aws, Sockets};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(async |aws: Aws| Sockets::from_environment(&aws), on_disconnect).await
}
