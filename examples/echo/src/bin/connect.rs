//! `$connect`: lets everybody in, and remembers the connection.

use std::process::ExitCode;

use echo::EVERYBODY;
use shared::{Connect, Connection, Error, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, remember).await
}

async fn remember(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
    sockets.remember(&Connection::new(&connect, EVERYBODY, connect.peer.id.as_str())).await?;
    Ok(Response::ok())
}
