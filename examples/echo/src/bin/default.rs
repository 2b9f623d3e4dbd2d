//! `$default`: sends every frame back. `all …` sends it to everybody, `who am i` answers with the client's address, `bye`
//! closes the connection.

use std::process::ExitCode;

use echo::EVERYBODY;
use shared::{Audience, Error, FanOut, Gone, Message, Response, Sender, Sockets, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    serve(Sockets::from_environment, echo).await
}

async fn echo(sockets: &Sockets, message: Message) -> Result<Response, Error> {
    let Message { peer, body, .. } = message;
    // A client that is gone meanwhile makes no difference to any of these.
    if body == "bye" {
        sockets.disconnect(&peer).await?;
    } else if body == "who am i" {
        let seen = sockets.inspect(&peer).await?;
        sockets
            .send(&peer, &seen.and_then(|seen| seen.source_ip).unwrap_or_else(|| "nobody I know".to_owned()))
            .await?;
    } else if body.starts_with("all ") {
        let first = sockets.page(Audience::group(EVERYBODY)).await?;
        let sender = Sender { peer: &peer, group: EVERYBODY, member: peer.id.as_str() };
        let mut gone = Gone::default();
        let job = FanOut { frame: &body, first, last: Some(sender), sends_away: None };
        sockets.fan_out(job, &mut gone).await?;
        sockets.forget_gone(gone).await;
    } else {
        sockets.send(&peer, &body).await?;
    }
    Ok(Response::ok())
}
