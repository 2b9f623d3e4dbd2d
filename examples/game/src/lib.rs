//! A game lobby. A player connects with `?name=ada&match=lobby&color=red` and sends
//!
//! - `{"action":"move","x":1,"y":2}`: all others in the match see it, and the player learns how many did;
//! - `{"action":"join","match":"duel"}`: the player moves to another match;
//! - `{"action":"kick","name":"ben"}`: another player is disconnected.

use parlor::{Connect, Connection, Directory, Disconnect, JoinOutcome, Message, Peer, Response, Sockets};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The longest name of a player or a match, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// Why an action is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum GameError {
    /// A rule of the game. The player is told.
    #[error("{0}")]
    Rule(&'static str),
    /// A failure on our side. The player sees API Gateway's own error, the log has the causes.
    #[error("the game cannot go on")]
    Parlor(#[from] parlor::Error),
}

/// The attributes of a player's connection.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Player {
    /// Shown with every move.
    pub color: String,
}

/// What a player sends, by the route that API Gateway chooses from the field `action`.
#[derive(Deserialize)]
struct Move {
    x: u8,
    y: u8,
}

#[derive(Deserialize)]
struct Join {
    r#match: String,
}

#[derive(Deserialize)]
struct Kick {
    name: String,
}

/// `$connect`: a player needs a name, and may not be called like the referee.
pub async fn on_connect(sockets: &Sockets, connect: Connect) -> Result<Response, GameError> {
    let Some(name) = connect.query("name").filter(|name| is_name(name)) else { return Ok(Response::unauthorized()) };
    let group = connect.query("match").unwrap_or("lobby");
    if name == "referee" || !is_name(group) {
        return Ok(Response::forbidden());
    }
    let color = connect.query("color").filter(|color| is_name(color));
    let player = Player { color: color.unwrap_or("grey").to_owned() };
    let connection = Connection::new(&connect, group, name).with_attributes(&player)?;
    sockets.directory().register(&connection).await?;
    Ok(Response::ok())
}

/// Every other route but `$disconnect`: one function takes them all.
pub async fn on_action(sockets: &Sockets, message: Message) -> Result<Response, GameError> {
    let directory = sockets.directory();
    let Some(me) = directory.find(&message.peer.id).await?.pop() else { return Ok(Response::ok()) };
    let outcome = match message.route_key() {
        "move" => make_move(sockets, &me, message.json()).await,
        "join" => join(sockets, directory, me, message.json()).await,
        "kick" => kick(sockets, &me, message.json()).await,
        _ => Err(GameError::Rule("there is no such action")),
    };
    match outcome {
        Err(GameError::Rule(rule)) => reject(sockets, &message.peer, rule).await?,
        Err(GameError::Parlor(error)) if error.is_client_error() => {
            reject(sockets, &message.peer, "the action is not complete").await?
        }
        other => other?,
    }
    Ok(Response::ok())
}

/// `$disconnect`: says goodbye to whatever match the player was in.
pub async fn on_disconnect(sockets: &Sockets, disconnect: Disconnect) -> Result<Response, GameError> {
    for left in sockets.directory().unregister(&disconnect.peer.id).await? {
        let goodbye = json!({ "event": "left", "name": left.member, "code": disconnect.code() });
        sockets.group(&left.group).send_json(&goodbye).await?;
    }
    Ok(Response::ok())
}

async fn make_move(sockets: &Sockets, me: &Connection, action: Result<Move, parlor::Error>) -> Result<(), GameError> {
    let Move { x, y } = action?;
    let Player { color } = me.attributes()?;
    let moved = json!({ "event": "moved", "name": me.member, "color": color, "x": x, "y": y });
    let sent = sockets.group(&me.group).except(&me.peer).send_json(&moved).await?;
    sockets.send_json(&me.peer, &json!({ "event": "seen", "by": sent.delivered })).await?;
    Ok(())
}

async fn join(
    sockets: &Sockets,
    directory: Directory<'_>,
    me: Connection,
    action: Result<Join, parlor::Error>,
) -> Result<(), GameError> {
    let group = action?.r#match;
    if !is_name(&group) {
        return Err(GameError::Rule("a match needs a name"));
    }
    let JoinOutcome::Joined(me) = directory.move_to(me, group).await? else {
        return Err(GameError::Rule("you have moved already"));
    };
    let joined = json!({ "event": "joined", "match": me.group, "name": me.member });
    sockets.group(&me.group).sender_last(&me.peer, &me.member).send_json(&joined).await?;
    Ok(())
}

async fn kick(sockets: &Sockets, me: &Connection, action: Result<Kick, parlor::Error>) -> Result<(), GameError> {
    let Kick { name } = action?;
    if name == me.member {
        return Err(GameError::Rule("you cannot kick yourself"));
    }
    sockets.member(&me.group, &name).send_json(&json!({ "event": "kicked", "by": me.member })).await?;
    match sockets.member(&me.group, &name).disconnect().await? {
        0 => Err(GameError::Rule("there is no such player")),
        _ => Ok(()),
    }
}

async fn reject(sockets: &Sockets, peer: &Peer, reason: &str) -> Result<(), GameError> {
    sockets.send_json(peer, &json!({ "event": "rejected", "reason": reason })).await?;
    Ok(())
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
}
