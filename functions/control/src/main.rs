//! The control plane over HTTP: one route for each ivschat operation. Who may call is IAM's business, at the gateway.

mod answer;
mod call;
mod messaging;
mod rooms;
mod tags;

use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use chat::{AllowedReviewers, Counters, Rooms, Tokens};
use parlor::{Aws, Error, Sockets, run};

struct Backend {
    region: String,
    rooms: Rooms,
    tokens: Tokens,
    counters: Counters,
    reviewers: AllowedReviewers,
    sockets: Sockets,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run(async { lambda_http::run(operations(backend().await?)).await.map_err(|error| Error::Runtime(error).into()) })
        .await
}

async fn backend() -> Result<Backend, Error> {
    let aws = Aws::from_environment().await?;
    let backend = Backend {
        region: aws.region().to_owned(),
        rooms: Rooms::from_environment(&aws)?,
        tokens: Tokens::from_environment(&aws)?,
        counters: Counters::from_environment(&aws)?,
        reviewers: AllowedReviewers::from_environment(),
        sockets: Sockets::from_environment(&aws)?,
    };
    tokio::join!(aws.warm_up(1), backend.sockets.warm_up());
    Ok(backend)
}

fn operations(backend: Backend) -> Router {
    Router::new()
        .route("/CreateChatToken", post(rooms::create_chat_token))
        .route("/CreateRoom", post(rooms::create_room))
        .route("/DeleteMessage", post(messaging::delete_message))
        .route("/DeleteRoom", post(rooms::delete_room))
        .route("/DisconnectUser", post(messaging::disconnect_user))
        .route("/GetRoom", post(rooms::get_room))
        .route("/ListRooms", post(rooms::list_rooms))
        .route("/SendEvent", post(messaging::send_event))
        .route("/UpdateRoom", post(rooms::update_room))
        // SDKs encode the ARN as one segment; API Gateway may decode it into two.
        .route("/tags/{*arn}", get(tags::list).post(tags::tag).delete(tags::untag))
        .fallback(answer::unknown_operation)
        .method_not_allowed_fallback(answer::unknown_operation)
        .layer(from_fn(call::answer_in_time))
        .layer(from_fn(call::name_request))
        .layer(DefaultBodyLimit::max(call::MAX_BODY_BYTES))
        .with_state(Arc::new(backend))
}
