//! `$connect`

use notifications::{App, on_connect};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::serve(App::from_environment, on_connect).await
}
