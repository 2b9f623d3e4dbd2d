//! `$disconnect`: unregisters the connection. API Gateway does not always invoke it, so nothing may depend on it.

use std::process::ExitCode;

use parlor::{Aws, Disconnect, Error, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), on_disconnect).await
}

async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    sockets.directory().unregister(&disconnect.peer.id).await?;
    Ok(Response::ok())
}

#[cfg(test)]
mod tests {
    use parlor::Connection;
    use parlor::testing::{self, Backend};

    use super::*;

    #[tokio::test]
    async fn a_closed_connection_receives_no_broadcast() {
        let backend = Backend::start().await;
        let sockets = backend.sockets();
        let connection = Connection::new(&testing::connect("Ada=").build(), "everyone", "ada");
        sockets.directory().register(&connection).await.unwrap();

        on_disconnect(&sockets, testing::disconnect("Ada=").build()).await.unwrap();

        assert_eq!(sockets.group("everyone").send("hello").await.unwrap().delivered, 0);
        assert!(sockets.directory().find(&connection.peer.id).await.unwrap().is_empty());
    }
}
