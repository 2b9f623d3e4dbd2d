//! The smallest backend: every frame comes back.
//!
//! `{"action":"echo"}` takes a two-way route: it comes back as the body that the handler returns. Any other frame is sent
//! back with the management API, but for `all …`, which is broadcast, `who am i`, which is answered with the client's IP
//! address, and `bye`, which closes the connection.

use parlor::{Connect, Connection, Disconnect, Error, Message, Response, Sockets};

/// The one group. Each connection is a member of its own, so that `$disconnect` can unregister it by its id.
const EVERYONE: &str = "everyone";

/// `$connect`
pub async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, Error> {
    sockets.register(&Connection::new(&connect, EVERYONE, connect.peer.id.as_str())).await?;
    Ok(Response::ok())
}

/// `echo` and `$default`
pub async fn on_message(sockets: &Sockets, message: Message) -> Result<Response, Error> {
    let (peer, body) = (&message.peer, message.body());
    if message.route_key() == "echo" {
        return Ok(Response::ok().with_body(body));
    }
    // A client that has left in the meantime makes no difference to any of these.
    if body == "bye" {
        sockets.disconnect(peer).await?;
    } else if body == "who am i" {
        let info = sockets.inspect(peer).await?;
        let address = info.and_then(|info| info.source_ip);
        sockets.send(peer, address.as_deref().unwrap_or("unknown")).await?;
    } else if body.starts_with("all ") {
        sockets.group(EVERYONE).sender_last(peer, peer.id.as_str()).send(body).await?;
    } else {
        sockets.send(peer, body).await?;
    }
    Ok(Response::ok())
}

/// `$disconnect`
pub async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, Error> {
    let id = &disconnect.peer.id;
    sockets.unregister(EVERYONE, id.as_str(), id).await?;
    Ok(Response::ok())
}
