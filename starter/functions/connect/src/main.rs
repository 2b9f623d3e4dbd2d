//! `$connect`: registers the connection.

use std::process::ExitCode;

use parlor::{Aws, Connect, Connection, Error, Response, Sockets, serve};

/// The longest name, in bytes: it is stored with the connection, and sent with each message.
const MAX_NAME_BYTES: usize = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(async |aws: Aws| Sockets::from_environment(&aws), on_connect).await
}

async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
    let name = connect.query("name").unwrap_or("anonymous");
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Ok(Response::forbidden());
    }
    sockets.directory().register(&Connection::new(&connect, "everyone", name)).await?;
    Ok(Response::ok())
}

#[cfg(test)]
mod tests {
    use parlor::testing::{self, Backend};

    use super::*;

    #[tokio::test]
    async fn a_client_is_registered_with_its_name() {
        let backend = Backend::start().await;
        let sockets = backend.sockets();

        let response = on_connect(&sockets, testing::connect("Ada=").query("name", "ada").build()).await.unwrap();

        assert_eq!(response.status(), 200);
        let found = sockets.directory().find(&"Ada=".parse().unwrap()).await.unwrap();
        assert_eq!((found[0].group.as_str(), found[0].member.as_str()), ("everyone", "ada"));
    }

    #[tokio::test]
    async fn a_name_that_is_empty_or_too_long_is_rejected() {
        let backend = Backend::start().await;
        for name in ["", &"x".repeat(MAX_NAME_BYTES + 1)] {
            let connect = testing::connect("Ada=").query("name", name).build();
            assert_eq!(on_connect(&backend.sockets(), connect).await.unwrap().status(), 403);
        }
    }
}
