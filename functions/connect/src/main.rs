//! `$connect`: redeems the chat token, registers the connection, and chooses the subprotocol.

use std::process::ExitCode;

use chat::{ChatSession, ChatToken, Tokens};
use parlor::{Aws, Connect, Connection, Error, RegisterOutcome, Response, Sockets, log_group, serve};

struct Backend {
    tokens: Tokens,
    sockets: Sockets,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(backend, on_connect).await
}

async fn backend(aws: Aws) -> Result<Backend, Error> {
    let backend = Backend { tokens: Tokens::from_environment(&aws)?, sockets: Sockets::from_environment(&aws)? };
    aws.warm_up(1).await;
    Ok(backend)
}

async fn on_connect(backend: &Backend, connect: Connect) -> Result<Response, Error> {
    let session: ChatSession = connect.session()?;
    let Some(token) = ChatToken::offered(connect.protocols()) else { return Ok(Response::unauthorized()) };
    // A session that is over opens all the same: its first request is answered with ERROR 401, at which clients ask for
    // another token.
    let claims = session.claims_even_if_over();
    log_group(&claims.room_id);
    if !token.has_claims(claims) {
        return Ok(Response::unauthorized());
    }
    let connection = Connection::new(&connect, &claims.room_id, &claims.user_id).until(session.ends_at());
    // In one transaction: a handshake that is rejected redeems no token, and of two handshakes with one token the faster wins.
    match backend.sockets.register_if(&connection, backend.tokens.spending(&token)?).await? {
        RegisterOutcome::Registered => Ok(Response::ok().with_protocol(token.into_protocol())),
        RegisterOutcome::Rejected => Ok(Response::unauthorized()),
    }
}
