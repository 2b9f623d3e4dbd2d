//! `POST /topics/{topic}`

use lambda_http::service_fn;
use notifications::{App, on_publish};
use parlor::Aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    parlor::run(async {
        let app = &App::from_environment(Aws::from_environment().await?).await?;
        lambda_http::run(service_fn(move |request| on_publish(app, request))).await
    })
    .await
}
