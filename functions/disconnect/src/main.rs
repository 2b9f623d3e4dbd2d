//! `$disconnect`: forgets the connection. API Gateway does not always call this, so nothing may depend on it.

use std::process::ExitCode;

use shared::{Disconnect, Error, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, forget).await
}

async fn forget(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    let (group, member) = disconnect.membership()?;
    sockets.forget(&group, &member, &disconnect.peer.id).await?;
    Ok(Response::ok())
}
