//! `$default`: sends every frame back. `who am i` answers with the client's address, `bye` closes the connection.

use std::process::ExitCode;

use shared::{Error, Message, Response, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, echo).await
}

async fn echo(sockets: &Sockets, message: Message) -> Result<Response, Error> {
    match message.body.as_str() {
        "bye" => sockets.disconnect(&message.peer).await?,
        "who am i" => {
            let seen = sockets.inspect(&message.peer).await?;
            let address = seen.and_then(|seen| seen.source_ip).unwrap_or_else(|| "nobody I know".to_owned());
            sockets.send(&message.peer, &address).await?
        }
        text => sockets.send(&message.peer, text).await?,
    };
    // Whether the frame was sent or the client is gone makes no difference to an echo.
    Ok(Response::ok())
}
