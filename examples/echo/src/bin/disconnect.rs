//! `$disconnect`: forgets the connection.

use std::process::ExitCode;

use echo::{ANYBODY, EVERYBODY};
use shared::{Disconnect, Error, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, forget).await
}

async fn forget(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    sockets.forget(EVERYBODY, ANYBODY, &disconnect.peer.id).await?;
    Ok(Response::ok())
}
