//! The control plane over HTTP: one route for each ivschat operation. Who may call is IAM's business, at the gateway.

mod answer;
mod caller;
mod operations;

use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::post;
use chat::{Rooms, Tokens};
use shared::{Aws, Error, run};

use crate::answer::unknown_operation;
use crate::caller::name_request;
use crate::operations::{create_chat_token, create_room, get_room};

struct Backend {
    region: String,
    rooms: Rooms,
    tokens: Tokens,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run(async {
        let aws = Aws::from_environment().await?;
        let region = aws.region().to_owned();
        let backend = Backend { region, rooms: Rooms::new(&aws)?, tokens: Tokens::new(&aws)? };
        lambda_http::run(operations(backend)).await.map_err(Error::Runtime)
    })
    .await
}

fn operations(backend: Backend) -> Router {
    Router::new()
        .route("/CreateChatToken", post(create_chat_token))
        .route("/CreateRoom", post(create_room))
        .route("/GetRoom", post(get_room))
        .fallback(unknown_operation)
        .method_not_allowed_fallback(unknown_operation)
        .layer(from_fn(name_request))
        // Lambda hands over 6 MB at most.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(backend))
}
