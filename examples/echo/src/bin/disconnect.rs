//! `$disconnect`: forgets the connection.

use std::process::ExitCode;

use echo::EVERYBODY;
use shared::{Disconnect, Error, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, forget).await
}

async fn forget(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    let id = &disconnect.peer.id;
    sockets.forget(EVERYBODY, id.as_str(), id).await?;
    Ok(Response::ok())
}
