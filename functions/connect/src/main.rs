//! `$connect`: spends the chat token, remembers the connection, echoes the subprotocol.

use std::process::ExitCode;

use chat::{ChatSession, ChatToken, Tokens};
use shared::{Aws, Connect, Connection, Error, Remembered, Response, Sockets, serve};

struct Records {
    tokens: Tokens,
    sockets: Sockets,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(records, connect).await
}

async fn records() -> Result<Records, Error> {
    let aws = Aws::from_environment().await?;
    Ok(Records { tokens: Tokens::new(&aws)?, sockets: Sockets::new(&aws)? })
}

async fn connect(records: &Records, connect: Connect) -> Result<Response, Error> {
    let session: ChatSession = connect.session()?;
    let Some(token) = ChatToken::offered(&connect.protocols) else { return Ok(Response::unauthorized()) };
    let connection = Connection::of_session(&connect, &session);
    // Both or neither: a handshake that fails burns no token, and of two handshakes with one token the faster wins.
    match records.sockets.remember_with(&connection, records.tokens.spending(&token)?).await? {
        Remembered::Yes => Ok(Response::with_protocol(token.into_protocol())),
        Remembered::Refused => Ok(Response::unauthorized()),
    }
}
