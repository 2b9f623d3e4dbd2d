//! The `$connect` authorizer: a chat token opens its session. Redeeming the token is left to `connect`.

use std::process::ExitCode;

use chat::{ChatToken, Rooms, Tokens};
use parlor::{AuthorizerRequest, AuthorizerResponse, Aws, Error, serve};

struct Backend {
    tokens: Tokens,
    rooms: Rooms,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(backend, authorize).await
}

async fn backend(aws: Aws) -> Result<Backend, Error> {
    let backend = Backend { tokens: Tokens::from_environment(&aws)?, rooms: Rooms::from_environment(&aws)? };
    aws.warm_up(1).await;
    Ok(backend)
}

async fn authorize(backend: &Backend, request: AuthorizerRequest) -> Result<AuthorizerResponse, Error> {
    let Some(token) = ChatToken::offered(request.protocols()) else { return Ok(request.unauthorized()) };
    let Some(session) = backend.tokens.session(&token).await? else { return Ok(request.unauthorized()) };
    match backend.rooms.find(&session.claims_even_if_over().room_id).await? {
        Some(_room) => request.allow(&session),
        None => Ok(request.deny()),
    }
}
