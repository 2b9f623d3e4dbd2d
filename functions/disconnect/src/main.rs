//! `$disconnect`: unregisters the connection. API Gateway does not always invoke it, so nothing may depend on it.

use std::process::ExitCode;

use chat::ChatSession;
use parlor::{Aws, Disconnect, Error, Response, Sockets, log_group, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), on_disconnect).await
}

async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    let session: ChatSession = disconnect.session()?;
    let claims = session.claims_even_if_over();
    log_group(&claims.room_id);
    sockets.unregister(&claims.room_id, &claims.user_id, &disconnect.peer.id).await?;
    Ok(Response::ok())
}
