//! `$disconnect`: unregisters the connection. API Gateway does not always invoke it, so nothing may depend on it.

use std::process::ExitCode;

use chat::ChatSession;
use parlor::{Aws, Disconnect, Error, Response, Sockets, log_group, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(sockets, on_disconnect).await
}

async fn sockets(aws: Aws) -> Result<Sockets, Error> {
    let sockets = Sockets::from_environment(&aws)?;
    aws.warm_up(1).await;
    Ok(sockets)
}

async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    let session: ChatSession = disconnect.session()?;
    let claims = session.claims_even_if_over();
    log_group(&claims.room_id);
    sockets.unregister(&claims.room_id, &claims.user_id, &disconnect.peer.id).await?;
    Ok(Response::ok())
}
